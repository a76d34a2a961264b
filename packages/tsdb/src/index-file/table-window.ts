import { corrupt, Cursor } from '../cursor.ts';
import type { SyncRangeReader } from '../range-reader.ts';

/** A piece of the table in memory, moved along as entries are asked for. Positions in it are relative to the piece. */
export class TableWindow {
  buffer: Buffer = Buffer.alloc(0);
  /** By how much positions changed at the last `entry`. */
  moved = 0;
  #start = 0;
  readonly #reader: SyncRangeReader;
  readonly #end: number;
  readonly #bytes: number;
  readonly #cursor: Cursor;
  readonly #what: string;

  constructor(reader: SyncRangeReader, what: string, end: number, bytes: number) {
    this.#reader = reader;
    this.#end = end;
    this.#bytes = bytes;
    this.#what = what;
    this.#cursor = new Cursor(`${what}: read postings table`);
  }

  /**
   * A cursor at the entry that lies at `at` of the table, all of it in memory. Bytes of the window from position `keepFrom` on
   * stay in it.
   */
  entry(at: number, keepFrom?: number): Cursor {
    this.moved = 0;
    if (!this.#holds(at)) this.#move(at, keepFrom);
    this.#cursor.reset(this.buffer, at - this.#start, this.buffer.length);
    return this.#cursor;
  }

  #holds(at: number): boolean {
    const from = at - this.#start;
    if (from < 0 || from >= this.buffer.length) return false;
    return this.#start + this.buffer.length === this.#end || entryEnd(this.buffer, from) <= this.buffer.length;
  }

  #move(at: number, keepFrom?: number): void {
    const start = keepFrom === undefined ? at : this.#start + keepFrom;
    let length = Math.max(this.#bytes, at - start + this.#bytes);
    for (;;) {
      const bytes = this.#reader.readSync(start, Math.min(length, this.#end - start));
      if (bytes.length < Math.min(length, this.#end - start))
        throw corrupt(this.#what, 'read postings table: invalid size');
      const before = this.#start;
      this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#start = start;
      if (keepFrom !== undefined) this.moved = before - start;
      if (this.#holds(at) || start + length >= this.#end) return;
      length *= 2;
    }
  }
}

/** Where the entry at `at` ends, Infinity when it or one of its lengths is cut. */
function entryEnd(bytes: Uint8Array, at: number): number {
  let position = at + 1;
  for (let part = 0; part < 2; part++) {
    let length = 0;
    let factor = 1;
    for (;;) {
      if (position >= bytes.length) return Infinity;
      const byte = bytes[position++];
      length += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      factor *= 128;
    }
    position += length;
    if (position >= bytes.length) return Infinity;
  }
  while (position < bytes.length) if (bytes[position++] < 0x80) return position;
  return Infinity;
}

/** Orders two ranges of bytes. */
export function compareBytes(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): number {
  const n = Math.min(aTo - aFrom, bTo - bFrom);
  for (let i = 0; i < n; i++) {
    const difference = a[aFrom + i] - b[bFrom + i];
    if (difference !== 0) return difference;
  }
  return aTo - aFrom - (bTo - bFrom);
}
