import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c, TsanosError } from '@tsanos/bytes';
import { MAX_LENGTH_BYTES } from './chunk-bodies.ts';
import { SEGMENT_HEADER_BYTES, SEGMENT_MAGIC } from './segment-reader.ts';

export const DEFAULT_SEGMENT_BYTES = 512 * 1024 * 1024;
const BUFFER_BYTES = 1024 * 1024;

/** A chunk to write: `[offset, offset + length)` of `bytes` is its body. */
export interface ChunkBody {
  readonly encoding: number;
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
}

/** Writes the chunk files of a block, one after the other, cutting where Prometheus cuts. */
export class SegmentWriter {
  readonly #folder: string;
  readonly #limit: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = 0;
  #fd = -1;
  #segments = 0;
  /** Length of the current file, what is buffered included. */
  #size = 0;
  #total = 0;

  /** Makes the folder, which must not exist. */
  constructor(folder: string, segmentBytes: number = DEFAULT_SEGMENT_BYTES) {
    this.#folder = folder;
    this.#limit = segmentBytes;
    mkdirSync(folder);
  }

  /** Bytes of all files. */
  get totalBytes(): number {
    return this.#total;
  }

  /**
   * Writes the chunks of one series as a batch; `refs[i]` becomes the reference of chunk `i` (segment · 2^32 + offset). A batch that does not fit into the
   * current file begins the next one, and is split only where it is larger than a file.
   */
  write(chunks: readonly ChunkBody[], refs: number[]): void {
    refs.length = 0;
    if (chunks.length > 0 && this.#fd < 0) this.#nextFile();
    // Where the file is cut is part of the format's habits: estimates take length fields to have five bytes, and a batch that
    // begins in a file with data in it counts that data until the first cut.
    let joined = this.#size > SEGMENT_HEADER_BYTES;
    let batchFrom = 0;
    let batchBytes = 0;
    for (let i = 0; i < chunks.length; i++) {
      const bytes = MAX_LENGTH_BYTES + 1 + chunks[i].length + 4;
      batchBytes += bytes;
      const cut = joined
        ? batchBytes + this.#size > this.#limit
        : i > 0 && batchBytes + SEGMENT_HEADER_BYTES > this.#limit;
      if (!cut) continue;
      this.#batch(chunks, batchFrom, i, refs);
      this.#nextFile();
      joined = false;
      batchFrom = i;
      batchBytes = bytes;
    }
    this.#batch(chunks, batchFrom, chunks.length, refs);
  }

  /** Flushes, syncs and closes. */
  finish(): void {
    this.#closeFile();
  }

  /** Closes without caring for what was written. */
  abort(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #batch(chunks: readonly ChunkBody[], from: number, to: number, refs: number[]): void {
    for (let i = from; i < to; i++) {
      refs.push((this.#segments - 1) * 0x100000000 + this.#size);
      this.#chunk(chunks[i]);
    }
  }

  #chunk({ encoding, bytes, offset, length }: ChunkBody): void {
    if (length + 16 > BUFFER_BYTES)
      throw new TsanosError('bad-input', 'chunk-too-large', `write chunk: ${length} bytes are too many`);
    if (this.#used + length + 16 > BUFFER_BYTES) this.#flush();
    const out = this.#buffer;
    const start = this.#used;
    let at = start;
    let rest = length;
    while (rest > 0x7f) {
      out[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    out[at++] = rest;
    const body = at;
    out[at++] = encoding;
    out.set(bytes.subarray(offset, offset + length), at);
    at += length;
    const crc = crc32c(out, body, at);
    out[at++] = crc >>> 24;
    out[at++] = crc >>> 16;
    out[at++] = crc >>> 8;
    out[at++] = crc;
    this.#used = at;
    this.#size += at - start;
    this.#total += at - start;
  }

  #nextFile(): void {
    this.#closeFile();
    this.#segments++;
    this.#fd = openSync(join(this.#folder, String(this.#segments).padStart(6, '0')), 'wx');
    new DataView(this.#buffer.buffer).setUint32(0, SEGMENT_MAGIC);
    this.#buffer.fill(0, 4, SEGMENT_HEADER_BYTES);
    this.#buffer[4] = 1;
    this.#used = SEGMENT_HEADER_BYTES;
    this.#size = SEGMENT_HEADER_BYTES;
    this.#total += SEGMENT_HEADER_BYTES;
  }

  #flush(): void {
    for (let done = 0; done < this.#used;) done += writeSync(this.#fd, this.#buffer, done, this.#used - done);
    this.#used = 0;
  }

  #closeFile(): void {
    if (this.#fd < 0) return;
    this.#flush();
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    this.#fd = -1;
  }
}
