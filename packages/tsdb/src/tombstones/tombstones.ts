import { ByteWriter, crc32c } from '@tsanos/bytes';
import { corrupt, Cursor } from '../cursor.ts';

const MAGIC = 0x0130ba30;

/** A deleted time range in ms, both ends included. */
export interface Interval {
  readonly mint: number;
  readonly maxt: number;
}

/** Deleted intervals by series id; those of one series ascend and neither overlap nor touch. */
export class Tombstones {
  readonly #series = new Map<number, Interval[]>();

  /** Reads a tombstones file. */
  static read(bytes: Uint8Array, what = 'tombstones'): Tombstones {
    if (bytes.length < 9) throw corrupt(what, 'tombstones header: invalid size');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const magic = view.getUint32(0);
    if (magic !== MAGIC) throw corrupt(what, `invalid magic number ${magic.toString(16)}, want ${MAGIC.toString(16)}`);
    if (bytes[4] !== 1) throw corrupt(what, `invalid tombstone format ${bytes[4]}`);
    const end = bytes.length - 4;
    if (crc32c(bytes, 5, end) !== view.getUint32(end)) throw corrupt(what, 'checksum did not match');
    const tombstones = new Tombstones();
    const cursor = new Cursor(what, bytes, 5, end);
    while (cursor.position < end)
      tombstones.#append(cursor.uvarint(), { mint: cursor.varint(), maxt: cursor.varint() });
    tombstones.#normalise();
    return tombstones;
  }

  /** Series with deletions. */
  get size(): number {
    return this.#series.size;
  }

  /** Intervals of all series: what meta.json counts as numTombstones. */
  get intervalCount(): number {
    let count = 0;
    for (const intervals of this.#series.values()) count += intervals.length;
    return count;
  }

  /** The deleted intervals of a series, none when it has none. */
  of(series: number): readonly Interval[] | undefined {
    return this.#series.get(series);
  }

  /** Deletes one more interval; touching ones become one. */
  add(series: number, interval: Interval): void {
    this.#append(series, interval);
    this.#series.set(series, merged(this.#series.get(series) ?? []));
  }

  /** The file's bytes, series ascending. */
  encode(): Uint8Array {
    const out = new ByteWriter().u32be(MAGIC).u8(1);
    for (const series of [...this.#series.keys()].sort((a, b) => a - b)) {
      for (const { mint, maxt } of this.#series.get(series) ?? []) out.uvarint(series).varint(mint).varint(maxt);
    }
    return out.u32be(crc32c(out.view(), 5)).finish();
  }

  #append(series: number, interval: Interval): void {
    const intervals = this.#series.get(series);
    if (intervals === undefined) this.#series.set(series, [interval]);
    else intervals.push(interval);
  }

  #normalise(): void {
    for (const [series, intervals] of this.#series)
      if (intervals.length > 1) this.#series.set(series, merged(intervals));
  }
}

/** Ascending, with overlapping and touching ones (a gap of one ms touches) made one. */
function merged(intervals: readonly Interval[]): Interval[] {
  const out: Interval[] = [];
  for (const next of intervals.toSorted((a, b) => a.mint - b.mint)) {
    const last = out.at(-1);
    if (last !== undefined && next.mint <= last.maxt + 1)
      out[out.length - 1] = { mint: last.mint, maxt: Math.max(last.maxt, next.maxt) };
    else out.push(next);
  }
  return out;
}

/** Whether `[mint, maxt]` lies wholly inside one interval. */
export function covered(intervals: readonly Interval[], mint: number, maxt: number): boolean {
  return intervals.some((interval) => interval.mint <= mint && interval.maxt >= maxt);
}

/** Whether `[mint, maxt]` has a time in common with any interval. */
export function overlaps(intervals: readonly Interval[], mint: number, maxt: number): boolean {
  return intervals.some((interval) => interval.mint <= maxt && interval.maxt >= mint);
}
