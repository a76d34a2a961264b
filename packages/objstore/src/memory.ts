import { readFile } from 'node:fs/promises';
import type { Bucket, ListEntry, ListOptions, ObjectAttributes } from './bucket.ts';
import { checkName, notFound } from './objstore-error.ts';

/** A bucket in memory, for tests and embedding. */
export class MemoryBucket implements Bucket {
  readonly name = 'memory';
  readonly provider = 'MEMORY';
  readonly atomicUpload = true;
  readonly #objects = new Map<string, { body: Uint8Array; modifiedMs: number }>();

  async *list(folder: string, options: ListOptions = {}): AsyncIterable<ListEntry> {
    const base = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
    const names = new Set<string>();
    for (const name of this.#objects.keys()) {
      if (!name.startsWith(base)) continue;
      const slash = options.recursive === true ? -1 : name.indexOf('/', base.length);
      names.add(slash < 0 ? name : name.slice(0, slash + 1));
    }
    for (const name of [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      options.signal?.throwIfAborted();
      yield { name };
    }
  }

  get(name: string): Promise<Uint8Array> {
    return this.#find(name).then((object) => object.body.slice());
  }

  getRange(name: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#find(name).then((object) => object.body.slice(offset, offset + length));
  }

  exists(name: string): Promise<boolean> {
    return Promise.resolve(this.#objects.has(name));
  }

  attributes(name: string): Promise<ObjectAttributes> {
    return this.#find(name).then(({ body, modifiedMs }) => ({ sizeBytes: body.length, lastModifiedMs: modifiedMs }));
  }

  upload(name: string, body: Uint8Array): Promise<void> {
    this.#objects.set(checkName(this.name, name), { body: body.slice(), modifiedMs: Date.now() });
    return Promise.resolve();
  }

  async uploadFile(name: string, path: string): Promise<void> {
    await this.upload(name, await readFile(path));
  }

  async uploadIfAbsent(name: string, body: Uint8Array): Promise<boolean> {
    if (this.#objects.has(name)) return false;
    await this.upload(name, body);
    return true;
  }

  async delete(name: string): Promise<void> {
    await this.#find(name);
    this.#objects.delete(name);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #find(name: string): Promise<{ body: Uint8Array; modifiedMs: number }> {
    const object = this.#objects.get(name);
    return object === undefined ? Promise.reject(notFound(this.name, name)) : Promise.resolve(object);
  }
}
