import { GrowingBytes, GrowingF64, GrowingU32 } from './growing.ts';
import type { Cursor } from '../cursor.ts';
import type { LabelAppender } from './label-appender.ts';

/**
 * Series entries of an index, decoded into tables: labels as the protobuf bytes of `SeriesBatch` in one arena, and the
 * references and times of chunks. Chunk `j` of series `i` is at `chunkStart[i] <= j < chunkStart[i + 1]`.
 */
export class SeriesRows {
  count = 0;
  /** Series id as in postings. */
  readonly ref = new GrowingU32();
  readonly labels = new GrowingBytes(16 * 1024);
  readonly labelOffset = new GrowingU32();
  readonly labelLength = new GrowingU32();
  readonly chunkStart = new GrowingU32();
  readonly chunkMint = new GrowingF64();
  readonly chunkMaxt = new GrowingF64();
  /** Segment number, from 0. */
  readonly chunkSegment = new GrowingU32();
  /** Offset of the chunk's length field in its segment. */
  readonly chunkOffset = new GrowingU32();
  /** Where the next chunk of the series begins, when it does so later in the same segment: this one has ended there; 0 = unknown. */
  readonly chunkEnd = new GrowingU32();

  constructor() {
    this.chunkStart.push(0);
  }

  get chunks(): number {
    return this.chunkOffset.length;
  }

  /**
   * Decodes the body of one series entry and keeps it when one of its chunks overlaps `[mint, maxt]` (both inclusive), with just these chunks, or always when
   * `allChunks` is set. Returns whether it was kept.
   */
  add(ref: number, entry: Cursor, labels: LabelAppender, mint: number, maxt: number, allChunks: boolean): boolean {
    const labelOffset = this.labels.length;
    labels.append(entry, this.labels);
    const before = this.chunks;
    const total = entry.uvarint();
    this.#addChunks(entry, total, allChunks ? -Infinity : mint, allChunks ? Infinity : maxt);
    if (this.chunks === before && !(allChunks && total === 0)) {
      this.labels.length = labelOffset;
      return false;
    }
    this.ref.push(ref);
    this.labelOffset.push(labelOffset);
    this.labelLength.push(this.labels.length - labelOffset);
    this.chunkStart.push(this.chunks);
    this.count++;
    return true;
  }

  /** Adds series `i` of other rows with its chunks; its labels are `[labelOffset, labelOffset + labelLength)` of this one's label bytes. */
  copy(from: SeriesRows, i: number, labelOffset: number, labelLength: number): void {
    this.ref.push(from.ref.values[i]);
    this.labelOffset.push(labelOffset);
    this.labelLength.push(labelLength);
    for (let k = from.chunkStart.values[i]; k < from.chunkStart.values[i + 1]; k++) {
      this.chunkMint.push(from.chunkMint.values[k]);
      this.chunkMaxt.push(from.chunkMaxt.values[k]);
      this.chunkSegment.push(from.chunkSegment.values[k]);
      this.chunkOffset.push(from.chunkOffset.values[k]);
      this.chunkEnd.push(from.chunkEnd.values[k]);
    }
    this.chunkStart.push(this.chunks);
    this.count++;
  }

  #addChunks(entry: Cursor, total: number, mint: number, maxt: number): void {
    if (total === 0) return;
    let start = entry.varint();
    let end = start + entry.uvarint();
    let ref = entry.uvarint();
    let kept = false;
    for (let i = 0; ; i++) {
      checkRef(entry, ref);
      kept = start <= maxt && end >= mint;
      if (kept) {
        this.chunkMint.push(start);
        this.chunkMaxt.push(end);
        this.chunkSegment.push(Math.floor(ref / 0x100000000));
        this.chunkOffset.push(ref % 0x100000000);
        this.chunkEnd.push(0);
      }
      if (i + 1 >= total) return;
      start = end + entry.uvarint();
      end = start + entry.uvarint();
      const next = ref + entry.varint();
      if (kept && Math.floor(next / 0x100000000) === Math.floor(ref / 0x100000000) && next > ref) {
        this.chunkEnd.values[this.chunkEnd.length - 1] = next % 0x100000000;
      }
      ref = next;
    }
  }
}

/** Segment numbers have 21 bits left beside a 32-bit offset; real blocks have a few hundred segments. */
function checkRef(entry: Cursor, ref: number): void {
  if (ref < 0 || ref > Number.MAX_SAFE_INTEGER) throw entry.error(`a chunk reference of ${ref} is out of range`);
}
