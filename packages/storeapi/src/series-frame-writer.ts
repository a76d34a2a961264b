import { xxhash64 } from '@tsanos/bytes';
import { Aggr, Encoding, type SeriesBatch } from '@tsanos/series';
import { int64Size, putInt64, putUint64, putUvarint, uint64Size, uvarintSize } from './varint.ts';

/** Where messages go: a `MessageSink` or a `FrameWriter` of rpc. */
export interface MessageTarget {
  readonly buffer: Uint8Array;
  alloc(size: number): number;
}

/** Bytes of series at which a `batch` message leaves, however few they are. */
const MAX_BATCH_BYTES = 1024 * 1024;

/**
 * Writes series as `thanos.SeriesResponse` messages, byte for byte as Go's encoder does: one series a message, or `batch`
 * messages of up to `batchSize`. Labels and chunk bodies are copied as bytes; `Chunk.hash` is filled; adjacent aggregate rows of
 * one chunk become one AggrChunk. Call `flush` at the end; other messages flush by themselves.
 */
export class SeriesFrameWriter {
  readonly #target: MessageTarget;
  readonly #batchSize: number;
  readonly #hash = new Uint32Array(2);
  // Scratch of the series measured and not yet written, in order: by chunk row the hash and the size of its Chunk message, and by
  // AggrChunk its size. Measuring appends, writing reads.
  #hashHi = new Uint32Array(256);
  #hashLo = new Uint32Array(256);
  #rowSizes = new Float64Array(256);
  #unitSizes = new Float64Array(256);
  #rows = 0;
  #units = 0;
  #rowAt = 0;
  #unitAt = 0;
  readonly #pending: { batch: SeriesBatch; index: number; size: number }[] = [];
  #pendingBytes = 0;

  /** @param batchSize `response_batch_size` of the request; below 2 = one series a message */
  constructor(target: MessageTarget, batchSize: number) {
    this.#target = target;
    this.#batchSize = batchSize;
  }

  /** Writes series `from` to `to` (exclusive). */
  write(batch: SeriesBatch, from = 0, to: number = batch.count): void {
    if (this.#batchSize > 1) return this.#collect(batch, from, to);
    for (let i = from; i < to; i++) {
      this.#resetScratch();
      const size = this.#measure(batch, i);
      const at = this.#target.alloc(1 + uvarintSize(size) + size);
      const { buffer } = this.#target;
      buffer[at] = 0x0a;
      this.#put(buffer, putUvarint(buffer, at + 1, size), batch, i);
    }
  }

  /** Writes a warning. */
  warning(text: string): void {
    this.#other(0x12, Buffer.from(text, 'utf8'));
  }

  /** Writes hints, given as the serialized `google.protobuf.Any`. */
  hints(any: Uint8Array): void {
    this.#other(0x1a, any);
  }

  /** Sends the series that wait for their batch to fill. */
  flush(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    const body = this.#pendingBytes;
    const at = this.#target.alloc(1 + uvarintSize(body) + body);
    const { buffer } = this.#target;
    buffer[at] = 0x22;
    let p = putUvarint(buffer, at + 1, body);
    for (const { batch, index, size } of pending) {
      buffer[p] = 0x0a;
      p = this.#put(buffer, putUvarint(buffer, p + 1, size), batch, index);
    }
    pending.length = 0;
    this.#pendingBytes = 0;
    this.#resetScratch();
  }

  #other(tag: number, body: Uint8Array): void {
    this.flush();
    const at = this.#target.alloc(1 + uvarintSize(body.length) + body.length);
    const { buffer } = this.#target;
    buffer[at] = tag;
    buffer.set(body, putUvarint(buffer, at + 1, body.length));
  }

  #collect(batch: SeriesBatch, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const size = this.#measure(batch, index);
      this.#pending.push({ batch, index, size });
      this.#pendingBytes += 1 + uvarintSize(size) + size;
      if (this.#pending.length >= this.#batchSize || this.#pendingBytes >= MAX_BATCH_BYTES) this.flush();
    }
  }

  #resetScratch(): void {
    this.#rows = 0;
    this.#units = 0;
    this.#rowAt = 0;
    this.#unitAt = 0;
  }

  /** Size of the Series message. */
  #measure(batch: SeriesBatch, i: number): number {
    let size = batch.labelLength[i];
    const end = batch.chunkStart[i + 1];
    for (let row = batch.chunkStart[i]; row < end;) {
      const after = unitEnd(batch, row, end);
      let unit = timeSize(batch.chunkMint[row]) + timeSize(batch.chunkMaxt[row]);
      for (; row < after; row++) {
        const rowSize = this.#measureRow(batch, row);
        if (rowSize >= 0) unit += 1 + uvarintSize(rowSize) + rowSize;
      }
      if (this.#units === this.#unitSizes.length)
        this.#unitSizes = grown(this.#unitSizes, new Float64Array(this.#units * 2));
      this.#unitSizes[this.#units++] = unit;
      size += 1 + uvarintSize(unit) + unit;
    }
    return size;
  }

  /** Size of the row's Chunk message; -1 for a row that stands for an AggrChunk without any. */
  #measureRow(batch: SeriesBatch, row: number): number {
    const k = this.#rows++;
    if (k === this.#rowSizes.length) {
      this.#rowSizes = grown(this.#rowSizes, new Float64Array(k * 2));
      this.#hashHi = grown(this.#hashHi, new Uint32Array(k * 2));
      this.#hashLo = grown(this.#hashLo, new Uint32Array(k * 2));
    }
    const encoding = batch.chunkEncoding[row];
    if (encoding === Encoding.NONE) return (this.#rowSizes[k] = -1);
    const length = batch.chunkLength[row];
    let size = encoding === Encoding.XOR ? 0 : 1 + uvarintSize(encoding - 1);
    const hash = this.#hash;
    hash[0] = 0;
    hash[1] = 0;
    if (length > 0) {
      size += 1 + uvarintSize(length) + length;
      const offset = batch.chunkOffset[row];
      xxhash64(batch.chunkBuffers[batch.chunkBuffer[row]], offset, offset + length, hash);
      if (hash[0] !== 0 || hash[1] !== 0) size += 1 + uint64Size(hash[0], hash[1]);
    }
    this.#hashHi[k] = hash[0];
    this.#hashLo[k] = hash[1];
    this.#rowSizes[k] = size;
    return size;
  }

  /** Writes the Series message measured next; returns the offset after it. */
  #put(buffer: Uint8Array, at: number, batch: SeriesBatch, i: number): number {
    const labelLength = batch.labelLength[i];
    const labelOffset = batch.labelOffset[i];
    buffer.set(batch.labelBuffers[batch.labelBuffer[i]].subarray(labelOffset, labelOffset + labelLength), at);
    at += labelLength;
    const end = batch.chunkStart[i + 1];
    for (let row = batch.chunkStart[i]; row < end;) {
      const after = unitEnd(batch, row, end);
      buffer[at] = 0x12;
      at = putUvarint(buffer, at + 1, this.#unitSizes[this.#unitAt++]);
      at = putTime(buffer, at, 0x08, batch.chunkMint[row]);
      at = putTime(buffer, at, 0x10, batch.chunkMaxt[row]);
      for (; row < after; row++) at = this.#putRow(buffer, at, batch, row);
    }
    return at;
  }

  #putRow(buffer: Uint8Array, at: number, batch: SeriesBatch, row: number): number {
    const k = this.#rowAt++;
    const size = this.#rowSizes[k];
    if (size < 0) return at;
    // Fields raw=3 to counter=8 in the order of Aggr.
    buffer[at] = ((batch.chunkAggr[row] + 3) << 3) | 2;
    at = putUvarint(buffer, at + 1, size);
    const encoding = batch.chunkEncoding[row];
    if (encoding !== Encoding.XOR) {
      buffer[at] = 0x08;
      at = putUvarint(buffer, at + 1, encoding - 1);
    }
    const length = batch.chunkLength[row];
    if (length > 0) {
      buffer[at] = 0x12;
      at = putUvarint(buffer, at + 1, length);
      const offset = batch.chunkOffset[row];
      buffer.set(batch.chunkBuffers[batch.chunkBuffer[row]].subarray(offset, offset + length), at);
      at += length;
    }
    if (this.#hashHi[k] === 0 && this.#hashLo[k] === 0) return at;
    buffer[at] = 0x18;
    return putUint64(buffer, at + 1, this.#hashHi[k], this.#hashLo[k]);
  }
}

/** The row after the AggrChunk that begins at `row`: the aggregates of one chunk are adjacent, equal in time, ascending. */
function unitEnd(batch: SeriesBatch, row: number, end: number): number {
  let after = row + 1;
  if (batch.chunkAggr[row] === Aggr.RAW) return after;
  while (
    after < end &&
    batch.chunkAggr[after] > batch.chunkAggr[after - 1] &&
    batch.chunkMint[after] === batch.chunkMint[row] &&
    batch.chunkMaxt[after] === batch.chunkMaxt[row]
  ) {
    after++;
  }
  return after;
}

function timeSize(ms: number): number {
  return ms === 0 ? 0 : 1 + int64Size(ms);
}

function putTime(buffer: Uint8Array, at: number, tag: number, ms: number): number {
  if (ms === 0) return at;
  buffer[at] = tag;
  return putInt64(buffer, at + 1, ms);
}

function grown<A extends Uint32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
