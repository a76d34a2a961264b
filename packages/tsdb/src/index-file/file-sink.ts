import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { TsanosError } from '@tsanos/bytes';

const BUFFER_BYTES = 1024 * 1024;
const ZEROS = new Uint8Array(16);

/** A new file, written front to back through a buffer. */
export class FileSink {
  /** Bytes written so far. */
  position = 0;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #fd: number;
  #used = 0;

  /** Creates the file, which must not exist. */
  constructor(path: string) {
    this.#fd = openSync(path, 'wx+');
  }

  write(bytes: Uint8Array): void {
    if (this.#used + bytes.length > BUFFER_BYTES) this.#flush();
    if (bytes.length > BUFFER_BYTES) this.#writeOut(bytes);
    else {
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
    this.position += bytes.length;
  }

  /** Zeros up to the next multiple of `unit`, which is 16 at most. */
  align(unit: number): void {
    const over = this.position % unit;
    if (over > 0) this.write(ZEROS.subarray(0, unit - over));
  }

  /** Makes the file last, and closes it. */
  finish(): void {
    this.#flush();
    fsyncSync(this.#fd);
    this.close();
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  /** Calls `use` with the file's bytes in pieces whose lengths `lengths` gives; the piece is gone after the call. */
  readBack(lengths: Uint32Array, use: (bytes: Uint8Array, i: number) => void): void {
    this.#flush();
    let window = new Uint8Array(BUFFER_BYTES);
    let start = 0;
    let end = 0;
    let position = 0;
    for (let i = 0; i < lengths.length; i++) {
      const length = lengths[i];
      if (start + length > end) {
        if (length > window.length) {
          const larger = new Uint8Array(length * 2);
          larger.set(window.subarray(start, end));
          window = larger;
        } else window.copyWithin(0, start, end);
        end -= start;
        start = 0;
        while (end < length) {
          const n = readSync(this.#fd, window, end, window.length - end, position);
          if (n === 0) throw new TsanosError('internal', 'spool-short', 'write index: the spool file ends early');
          end += n;
          position += n;
        }
      }
      use(window.subarray(start, start + length), i);
      start += length;
    }
  }

  #flush(): void {
    this.#writeOut(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #writeOut(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += writeSync(this.#fd, bytes, done, bytes.length - done);
  }
}
