import { crc32c } from '@tsanos/bytes';
import { corrupt, Cursor } from '../cursor.ts';
import type { LabelAppender } from './label-appender.ts';
import type { SeriesRows } from './series-rows.ts';

/** Decodes series entries of an index out of buffers that hold parts of it. */
export class SeriesEntries {
  readonly #labels: LabelAppender;
  readonly #what: string;
  readonly #cursor: Cursor;

  /** `what` names the index in errors. */
  constructor(labels: LabelAppender, what: string) {
    this.#labels = labels;
    this.#what = what;
    this.#cursor = new Cursor(what);
  }

  /**
   * Decodes the entry of series `ref` at `at` of `bytes`, its checksum verified, and adds it to `rows` when it has chunks in `[mint, maxt]`, both inclusive, with
   * just these, or always and with all of them when `allChunks` is set. Returns the bytes of the entry; 0 when `bytes` do not hold all of it.
   */
  add(
    bytes: Uint8Array,
    at: number,
    ref: number,
    mint: number,
    maxt: number,
    allChunks: boolean,
    rows: SeriesRows,
  ): number {
    const total = seriesEntryBytes(bytes, at);
    if (total === undefined || at + total > bytes.length) return 0;
    const end = at + total - 4;
    const cursor = this.#cursor;
    cursor.reset(bytes, at, end);
    cursor.uvarint();
    const stored = ((bytes[end] << 24) | (bytes[end + 1] << 16) | (bytes[end + 2] << 8) | bytes[end + 3]) >>> 0;
    if (crc32c(bytes, cursor.position, end) !== stored)
      throw corrupt(this.#what, `get series ${ref}: invalid checksum`, { series: ref });
    rows.add(ref, cursor, this.#labels, mint, maxt, allChunks);
    return total;
  }
}

/** Bytes of a series entry with its length field and checksum; undefined when the length field is cut. */
export function seriesEntryBytes(bytes: Uint8Array, at: number): number | undefined {
  let length = 0;
  let factor = 1;
  for (let i = 0; i < 5 && at + i < bytes.length; i++) {
    const byte = bytes[at + i];
    length += (byte & 0x7f) * factor;
    if (byte < 0x80) return i + 1 + length + 4;
    factor *= 128;
  }
  return undefined;
}
