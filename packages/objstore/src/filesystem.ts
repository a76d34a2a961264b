import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import * as realFs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Bucket, ListEntry, ListOptions, ObjectAttributes } from './bucket.ts';
import { checkName, notFound, ObjstoreError } from './objstore-error.ts';

/** Names of uploads under way; never listed. */
const TEMPORARY = /^\.tsanos-tmp-/;
/** Age from which an upload under way is taken for dead. */
const STALE_MS = 24 * 3_600_000;

/** The file operations of the bucket. */
export type BucketFs = Pick<
  typeof realFs,
  'copyFile' | 'link' | 'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'rmdir' | 'stat' | 'unlink'
>;

/**
 * A folder as a bucket. An upload goes to a temporary name, is fsynced and renamed, and its folder is fsynced: an object is there
 * whole or not at all, whenever the process dies.
 */
export class FilesystemBucket implements Bucket {
  readonly name: string;
  readonly provider = 'FILESYSTEM';
  readonly atomicUpload = true;
  readonly #root: string;
  readonly #fs: BucketFs;

  /** `fs` is for tests that stop it between two file operations. */
  constructor(directory: string, fs: BucketFs = realFs) {
    this.#fs = fs;
    this.#root = resolve(directory);
    this.name = `fs: ${directory}`;
  }

  async *list(folder: string, options: ListOptions = {}): AsyncIterable<ListEntry> {
    const base = folder.replace(/\/+$/, '');
    const dir = base === '' ? this.#root : join(this.#root, checkName(this.name, base));
    let found;
    try {
      found = await this.#fs.readdir(dir, { withFileTypes: true });
    } catch (error) {
      if (isCode(error, 'ENOENT', 'ENOTDIR')) return;
      throw this.#failed('list', folder, error);
    }
    const entries = found
      .filter((entry) => !TEMPORARY.test(entry.name))
      .map((entry) => ({
        entry,
        name: (base === '' ? '' : `${base}/`) + entry.name + (entry.isDirectory() ? '/' : ''),
      }))
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    for (const { entry, name } of entries) {
      options.signal?.throwIfAborted();
      if (!entry.isDirectory()) yield { name };
      else if (options.recursive === true) yield* this.list(name, options);
      // An empty folder is what a deletion left behind: in an object store it would not exist.
      else if ((await this.#fs.readdir(join(this.#root, name)).catch(() => [])).some((entry) => !TEMPORARY.test(entry)))
        yield { name };
    }
  }

  async get(name: string, signal?: AbortSignal): Promise<Uint8Array> {
    try {
      return await this.#fs.readFile(this.#path(name), signal === undefined ? {} : { signal });
    } catch (error) {
      throw this.#failed('get', name, error);
    }
  }

  async getRange(name: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    let file;
    try {
      file = await this.#fs.open(this.#path(name), 'r');
      const available = Math.max(0, Math.min(length, (await file.stat()).size - offset));
      const bytes = Buffer.allocUnsafeSlow(available);
      let done = 0;
      while (done < available) {
        const { bytesRead } = await file.read(bytes, done, available - done, offset + done);
        if (bytesRead === 0) return bytes.subarray(0, done);
        done += bytesRead;
      }
      return bytes;
    } catch (error) {
      throw this.#failed('get_range', name, error);
    } finally {
      await file?.close();
    }
  }

  async exists(name: string): Promise<boolean> {
    try {
      return (await this.#fs.stat(this.#path(name))).isFile();
    } catch (error) {
      if (isCode(error, 'ENOENT', 'ENOTDIR')) return false;
      throw this.#failed('exists', name, error);
    }
  }

  async attributes(name: string): Promise<ObjectAttributes> {
    try {
      const info = await this.#fs.stat(this.#path(name));
      return { sizeBytes: info.size, lastModifiedMs: info.mtimeMs };
    } catch (error) {
      throw this.#failed('attributes', name, error);
    }
  }

  async upload(name: string, body: Uint8Array): Promise<void> {
    await this.#create(name, async (temporary) => {
      const file = await this.#fs.open(temporary, 'wx', 0o644);
      try {
        await file.writeFile(body);
        await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  async uploadFile(name: string, path: string): Promise<void> {
    await this.#create(name, async (temporary) => {
      await this.#fs.copyFile(path, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      const file = await this.#fs.open(temporary, 'r+');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  async uploadIfAbsent(name: string, body: Uint8Array): Promise<boolean> {
    let created = true;
    await this.#create(
      name,
      async (temporary) => {
        const file = await this.#fs.open(temporary, 'wx', 0o644);
        try {
          await file.writeFile(body);
          await file.sync();
        } finally {
          await file.close();
        }
      },
      async (temporary, path) => {
        // A hard link fails where a rename would replace.
        try {
          await this.#fs.link(temporary, path);
        } catch (error) {
          if (!isCode(error, 'EEXIST')) throw error;
          created = false;
        }
        await this.#fs.unlink(temporary);
      },
    );
    return created;
  }

  async delete(name: string): Promise<void> {
    const path = this.#path(name);
    try {
      if ((await this.#fs.stat(path)).isDirectory()) {
        // Thanos deletes folders by name too; here one that is not empty stays.
        await this.#fs.rmdir(path);
        return;
      }
      await this.#fs.unlink(path);
      await this.#syncFolder(dirname(path));
    } catch (error) {
      throw this.#failed('delete', name, error);
    }
    await this.#removeEmptyParents(dirname(path));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #create(
    name: string,
    write: (temporary: string) => Promise<void>,
    publish: (temporary: string, path: string) => Promise<void> = (from, to) => this.#fs.rename(from, to),
  ): Promise<void> {
    const path = this.#path(name);
    const dir = dirname(path);
    const temporary = join(dir, `.tsanos-tmp-${randomBytes(8).toString('hex')}`);
    try {
      // A deletion beside us may remove the folder between the two steps: once more then.
      for (let attempt = 0; ; attempt++) {
        await this.#fs.mkdir(dir, { recursive: true });
        try {
          await write(temporary);
          await publish(temporary, path);
          break;
        } catch (error) {
          if (attempt > 3 || !isCode(error, 'ENOENT')) throw error;
        }
      }
      await this.#syncFolder(dir);
      await this.#sweep(dir);
    } catch (error) {
      await this.#fs.rm(temporary, { force: true }).catch(() => {});
      throw this.#failed('upload', name, error);
    }
  }

  async #removeEmptyParents(dir: string): Promise<void> {
    for (let at = dir; at.startsWith(`${this.#root}/`); at = dirname(at)) {
      try {
        await this.#fs.rmdir(at);
      } catch {
        return;
      }
    }
  }

  /** Makes a rename in the folder survive a power cut. */
  async #syncFolder(dir: string): Promise<void> {
    const handle = await this.#fs.open(dir, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Removes what uploads of processes that died left in the folder. */
  async #sweep(dir: string): Promise<void> {
    for (const name of await this.#fs.readdir(dir)) {
      if (!TEMPORARY.test(name)) continue;
      const path = join(dir, name);
      const info = await this.#fs.stat(path).catch(() => undefined);
      if (info !== undefined && Date.now() - info.mtimeMs > STALE_MS) await this.#fs.rm(path, { force: true });
    }
  }

  #path(name: string): string {
    return join(this.#root, checkName(this.name, name.replace(/(?<=.)\/$/, '')));
  }

  #failed(operation: string, name: string, error: unknown): unknown {
    if (error instanceof ObjstoreError || (error instanceof Error && error.name === 'AbortError')) return error;
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return notFound(this.name, name, error);
    const text = error instanceof Error ? error.message : String(error);
    const fields = { object: name, operation };
    if (isCode(error, 'EACCES', 'EPERM', 'EROFS')) {
      return new ObjstoreError(
        'internal',
        'object-access-denied',
        `${this.name}: ${operation} ${name}: ${text}`,
        fields,
        error,
      );
    }
    return new ObjstoreError(
      'retryable',
      'object-store-failed',
      `${this.name}: ${operation} ${name}: ${text}`,
      fields,
      error,
    );
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes(String((error as NodeJS.ErrnoException).code));
}
