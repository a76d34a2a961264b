import { TsanosError } from '@tsanos/bytes';
import type { Aggr, SeriesBatch } from './series-batch.ts';

/** Buffers a batch can name. */
const MAX_BUFFERS = 65536;

/**
 * Makes a `SeriesBatch` from label bytes and chunk references, without copying either: the buffers given become the
 * batch's and must not be written to afterwards. Call `series` for each series in label order, then `chunk` for each of
 * its chunk rows in order; `finish` hands out the batch and ends the builder.
 */
export class SeriesBatchBuilder {
  #count = 0;
  #rows = 0;
  readonly #labelBuffers = new BufferTable();
  readonly #chunkBuffers = new BufferTable();
  #labelBuffer = new Uint16Array(64);
  #labelOffset = new Uint32Array(64);
  #labelLength = new Uint32Array(64);
  #chunkStart = new Uint32Array(65);
  #chunkBuffer = new Uint16Array(128);
  #chunkOffset = new Uint32Array(128);
  #chunkLength = new Uint32Array(128);
  #chunkMint = new Float64Array(128);
  #chunkMaxt = new Float64Array(128);
  #chunkEncoding = new Uint8Array(128);
  #chunkAggr = new Uint8Array(128);

  /** Series so far. */
  get count(): number {
    return this.#count;
  }

  /** Chunk rows so far. */
  get chunkCount(): number {
    return this.#rows;
  }

  /** Whether another series with `chunks` rows of buffers of their own would still fit; ask before mixing many buffers. */
  hasRoomFor(chunks: number): boolean {
    return this.#labelBuffers.size < MAX_BUFFERS && this.#chunkBuffers.size + chunks <= MAX_BUFFERS;
  }

  /** Begins the next series; its labels are `buffer[offset, offset + length)` in the batch's protobuf form. */
  series(buffer: Uint8Array, offset: number, length: number): void {
    const i = this.#count;
    if (i === this.#labelOffset.length) this.#growSeries();
    this.#labelBuffer[i] = this.#labelBuffers.indexOf(buffer);
    this.#labelOffset[i] = offset;
    this.#labelLength[i] = length;
    this.#count = i + 1;
    this.#chunkStart[i + 1] = this.#rows;
  }

  /** Adds a chunk row to the series begun last; the chunk's bare body is `buffer[offset, offset + length)`, times in ms inclusive. */
  chunk(
    buffer: Uint8Array,
    offset: number,
    length: number,
    mint: number,
    maxt: number,
    encoding: number,
    aggr: Aggr,
  ): void {
    const row = this.#rows;
    if (row === this.#chunkOffset.length) this.#growChunks(row + 1);
    this.#chunkBuffer[row] = this.#chunkBuffers.indexOf(buffer);
    this.#chunkOffset[row] = offset;
    this.#chunkLength[row] = length;
    this.#chunkMint[row] = mint;
    this.#chunkMaxt[row] = maxt;
    this.#chunkEncoding[row] = encoding;
    this.#chunkAggr[row] = aggr;
    this.#rows = row + 1;
    this.#chunkStart[this.#count] = this.#rows;
  }

  /** Adds series `from` to `to` (exclusive) of another batch with their chunk rows, sharing its buffers. */
  rows(batch: SeriesBatch, from: number, to: number): void {
    for (let i = from; i < to; i++)
      this.series(batch.labelBuffers[batch.labelBuffer[i]], batch.labelOffset[i], batch.labelLength[i]);
    const first = batch.chunkStart[from];
    const last = batch.chunkStart[to];
    const base = this.#rows;
    const shift = base - first;
    for (let i = from; i < to; i++) this.#chunkStart[this.#count - (to - i) + 1] = batch.chunkStart[i + 1] + shift;
    const rows = base + last - first;
    if (rows > this.#chunkOffset.length) this.#growChunks(rows);
    for (let row = first; row < last; row++)
      this.#chunkBuffer[row + shift] = this.#chunkBuffers.indexOf(batch.chunkBuffers[batch.chunkBuffer[row]]);
    this.#chunkOffset.set(batch.chunkOffset.subarray(first, last), base);
    this.#chunkLength.set(batch.chunkLength.subarray(first, last), base);
    this.#chunkMint.set(batch.chunkMint.subarray(first, last), base);
    this.#chunkMaxt.set(batch.chunkMaxt.subarray(first, last), base);
    this.#chunkEncoding.set(batch.chunkEncoding.subarray(first, last), base);
    this.#chunkAggr.set(batch.chunkAggr.subarray(first, last), base);
    this.#rows = rows;
  }

  /** Adds chunk rows `from` to `to` (exclusive) of another batch to the series begun last. */
  chunkRows(batch: SeriesBatch, from: number, to: number): void {
    for (let row = from; row < to; row++) this.chunkRow(batch, row);
  }

  /** Adds one chunk row of another batch to the series begun last. */
  chunkRow(batch: SeriesBatch, row: number): void {
    this.chunk(
      batch.chunkBuffers[batch.chunkBuffer[row]],
      batch.chunkOffset[row],
      batch.chunkLength[row],
      batch.chunkMint[row],
      batch.chunkMaxt[row],
      batch.chunkEncoding[row],
      batch.chunkAggr[row] as Aggr,
    );
  }

  /** The batch. The builder is done: make another one for more. */
  finish(): SeriesBatch {
    const n = this.#count;
    const rows = this.#rows;
    return {
      count: n,
      labelBuffers: this.#labelBuffers.list,
      labelBuffer: this.#labelBuffer.subarray(0, n),
      labelOffset: this.#labelOffset.subarray(0, n),
      labelLength: this.#labelLength.subarray(0, n),
      chunkStart: this.#chunkStart.subarray(0, n + 1),
      chunkBuffers: this.#chunkBuffers.list,
      chunkBuffer: this.#chunkBuffer.subarray(0, rows),
      chunkOffset: this.#chunkOffset.subarray(0, rows),
      chunkLength: this.#chunkLength.subarray(0, rows),
      chunkMint: this.#chunkMint.subarray(0, rows),
      chunkMaxt: this.#chunkMaxt.subarray(0, rows),
      chunkEncoding: this.#chunkEncoding.subarray(0, rows),
      chunkAggr: this.#chunkAggr.subarray(0, rows),
    };
  }

  #growSeries(): void {
    const size = this.#labelOffset.length * 2;
    this.#labelBuffer = copy(this.#labelBuffer, new Uint16Array(size));
    this.#labelOffset = copy(this.#labelOffset, new Uint32Array(size));
    this.#labelLength = copy(this.#labelLength, new Uint32Array(size));
    this.#chunkStart = copy(this.#chunkStart, new Uint32Array(size + 1));
  }

  #growChunks(need: number): void {
    const size = Math.max(need, this.#chunkOffset.length * 2);
    this.#chunkBuffer = copy(this.#chunkBuffer, new Uint16Array(size));
    this.#chunkOffset = copy(this.#chunkOffset, new Uint32Array(size));
    this.#chunkLength = copy(this.#chunkLength, new Uint32Array(size));
    this.#chunkMint = copy(this.#chunkMint, new Float64Array(size));
    this.#chunkMaxt = copy(this.#chunkMaxt, new Float64Array(size));
    this.#chunkEncoding = copy(this.#chunkEncoding, new Uint8Array(size));
    this.#chunkAggr = copy(this.#chunkAggr, new Uint8Array(size));
  }
}

function copy<A extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** Numbers buffers in order of first use. */
class BufferTable {
  readonly list: Uint8Array[] = [];
  readonly #index = new Map<Uint8Array, number>();
  #last: Uint8Array | undefined;
  #lastIndex = 0;

  get size(): number {
    return this.list.length;
  }

  indexOf(buffer: Uint8Array): number {
    if (buffer === this.#last) return this.#lastIndex;
    let index = this.#index.get(buffer);
    if (index === undefined) {
      index = this.list.length;
      if (index === MAX_BUFFERS) {
        throw new TsanosError(
          'internal',
          'batch-full',
          `build series batch: more than ${MAX_BUFFERS} buffers; finish the batch earlier`,
        );
      }
      this.list.push(buffer);
      this.#index.set(buffer, index);
    }
    this.#last = buffer;
    this.#lastIndex = index;
    return index;
  }
}
