import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Bucket, ListEntry, ListOptions, ObjectAttributes } from './bucket.ts';
import { checkName, notFound, ObjstoreError } from './objstore-error.ts';

/** Names of uploads under way; never listed. */
const TEMPORARY = /^\.tsanos-tmp-/;

/**
 * A folder as a bucket. An upload goes to a temporary name, is fsynced and renamed, and its folder is fsynced: an object is there
 * whole or not at all, whenever the process dies.
 */
export class FilesystemBucket implements Bucket {
  readonly name: string;
  readonly provider = 'FILESYSTEM';
  readonly atomicUpload = true;
  readonly #root: string;

  constructor(directory: string) {
    this.#root = resolve(directory);
    this.name = `fs: ${directory}`;
  }

  async *list(folder: string, options: ListOptions = {}): AsyncIterable<ListEntry> {
    const base = folder.replace(/\/+$/, '');
    const dir = base === '' ? this.#root : join(this.#root, checkName(this.name, base));
    let found;
    try {
      found = await readdir(dir, { withFileTypes: true });
    } catch (error) {
      if (isCode(error, 'ENOENT', 'ENOTDIR')) return;
      throw this.#failed('list', folder, error);
    }
    const entries = found
      .filter((entry) => !TEMPORARY.test(entry.name))
      .map((entry) => ({ entry, name: (base === '' ? '' : `${base}/`) + entry.name + (entry.isDirectory() ? '/' : '') }))
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    for (const { entry, name } of entries) {
      options.signal?.throwIfAborted();
      if (!entry.isDirectory()) yield { name };
      else if (options.recursive === true) yield* this.list(name, options);
      // An empty folder is what a deletion left behind: in an object store it would not exist.
      else if ((await readdir(join(this.#root, name)).catch(() => [])).length > 0) yield { name };
    }
  }

  async get(name: string, signal?: AbortSignal): Promise<Uint8Array> {
    try {
      return await readFile(this.#path(name), signal === undefined ? {} : { signal });
    } catch (error) {
      throw this.#failed('get', name, error);
    }
  }

  async getRange(name: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    let file;
    try {
      file = await open(this.#path(name), 'r');
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
      return (await stat(this.#path(name))).isFile();
    } catch (error) {
      if (isCode(error, 'ENOENT', 'ENOTDIR')) return false;
      throw this.#failed('exists', name, error);
    }
  }

  async attributes(name: string): Promise<ObjectAttributes> {
    try {
      const info = await stat(this.#path(name));
      return { sizeBytes: info.size, lastModifiedMs: info.mtimeMs };
    } catch (error) {
      throw this.#failed('attributes', name, error);
    }
  }

  async upload(name: string, body: Uint8Array): Promise<void> {
    await this.#create(name, async (temporary) => {
      const file = await open(temporary, 'wx', 0o644);
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
      await copyFile(path, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      const file = await open(temporary, 'r+');
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
        const file = await open(temporary, 'wx', 0o644);
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
          await link(temporary, path);
        } catch (error) {
          if (!isCode(error, 'EEXIST')) throw error;
          created = false;
        }
        await unlink(temporary);
      },
    );
    return created;
  }

  async delete(name: string): Promise<void> {
    const path = this.#path(name);
    try {
      if ((await stat(path)).isDirectory()) {
        // Thanos deletes folders by name too; here one that is not empty stays.
        await rmdir(path);
        return;
      }
      await unlink(path);
      await syncFolder(dirname(path));
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
    publish: (temporary: string, path: string) => Promise<void> = rename,
  ): Promise<void> {
    const path = this.#path(name);
    const dir = dirname(path);
    const temporary = join(dir, `.tsanos-tmp-${randomBytes(8).toString('hex')}`);
    try {
      // A deletion beside us may remove the folder between the two steps: once more then.
      for (let attempt = 0; ; attempt++) {
        await mkdir(dir, { recursive: true });
        try {
          await write(temporary);
          await publish(temporary, path);
          break;
        } catch (error) {
          if (attempt > 3 || !isCode(error, 'ENOENT')) throw error;
        }
      }
      await syncFolder(dir);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw this.#failed('upload', name, error);
    }
  }

  async #removeEmptyParents(dir: string): Promise<void> {
    for (let at = dir; at.startsWith(`${this.#root}/`); at = dirname(at)) {
      try {
        await rmdir(at);
      } catch {
        return;
      }
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
      return new ObjstoreError('internal', 'object-access-denied', `${this.name}: ${operation} ${name}: ${text}`, fields, error);
    }
    return new ObjstoreError('retryable', 'object-store-failed', `${this.name}: ${operation} ${name}: ${text}`, fields, error);
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes(String((error as NodeJS.ErrnoException).code));
}

/** Makes a rename in the folder survive a power cut. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
