import { constants, openSync, closeSync, fstatSync, readSync, read } from 'node:fs';
import { TsanosError } from '@tsanos/bytes';

/** Random access to the bytes of something that lies elsewhere: a file, an object in a bucket, a test's buffer. */
export interface RangeReader {
  /** Bytes in all. */
  readonly size: number;
  /**
   * `length` bytes from `offset`, fewer only where the end comes first. The caller may keep them but not change them: they can be
   * a view of a buffer that others read too.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The same without waiting, for what lies in memory or in a local file. */
export interface SyncRangeReader {
  readonly size: number;
  readSync(offset: number, length: number): Uint8Array;
}

/** Bytes in memory; reads are views. */
export class MemoryReader implements RangeReader, SyncRangeReader {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  readSync(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(offset, offset + length);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }
}

/** A local file, read by position. The file must not change while it is open. */
export class FileReader implements RangeReader, SyncRangeReader {
  readonly path: string;
  readonly size: number;
  #fd: number;

  private constructor(path: string, fd: number, size: number) {
    this.path = path;
    this.size = size;
    this.#fd = fd;
  }

  /** Opens a regular file; a missing one is a TsanosError of kind not-found. */
  static open(path: string): FileReader {
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDONLY);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const text = missing ? 'no such file or directory' : (error as Error).message;
      throw new TsanosError(missing ? 'not-found' : 'internal', 'open-file', `open ${path}: ${text}`, { path }, error);
    }
    const stat = fstatSync(fd);
    if (!stat.isFile()) {
      closeSync(fd);
      throw new TsanosError('corrupt', 'open-file', `open ${path}: not a regular file`, { path });
    }
    return new FileReader(path, fd, stat.size);
  }

  readSync(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(this.#available(offset, length));
    let done = 0;
    while (done < bytes.length) {
      const n = readSync(this.#fd, bytes, done, bytes.length - done, offset + done);
      if (n === 0) return bytes.subarray(0, done);
      done += n;
    }
    return bytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.#available(offset, length));
    let done = 0;
    while (done < bytes.length) {
      const n = await this.#readSome(bytes, done, offset + done);
      if (n === 0) return bytes.subarray(0, done);
      done += n;
    }
    return bytes;
  }

  /** Further reads fail. */
  close(): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
  }

  #available(offset: number, length: number): number {
    if (this.#fd < 0)
      throw new TsanosError('internal', 'file-closed', `read ${this.path}: the file was closed`, { path: this.path });
    return Math.max(0, Math.min(length, this.size - offset));
  }

  #readSome(bytes: Uint8Array, at: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#fd, bytes, at, bytes.length - at, position, (error, n) => {
        if (error)
          reject(
            new TsanosError('internal', 'read-file', `read ${this.path}: ${error.message}`, { path: this.path }, error),
          );
        else resolve(n);
      });
    });
  }
}
