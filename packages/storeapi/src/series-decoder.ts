import { Encoding, SeriesBatchBuilder, type Aggr, type SeriesBatch } from '@tsanos/series';
import { WireCursor } from './wire-cursor.ts';

/** Series at which a batch is given away. */
const BATCH_SERIES = 1024;
const BATCH_CHUNKS = 16384;

/** What besides series comes in a stream. */
export interface SeriesFrameEvents {
  /** A batch is full; also called by `finish`. */
  batch(batch: SeriesBatch): void;
  warning(text: string): void;
  /** The serialized `google.protobuf.Any`. */
  hints(any: Uint8Array): void;
}

/**
 * Reads `thanos.SeriesResponse` messages, single series and batches, straight into `SeriesBatch` tables: labels and chunk bodies
 * stay where they were received. Chunks of a series are put in order of time when they are not. Bytes are hostile: every length
 * is checked against the message, and what is broken throws a TsanosError of kind corrupt.
 */
export class SeriesDecoder {
  readonly #events: SeriesFrameEvents;
  #builder = new SeriesBatchBuilder();
  readonly #in = new WireCursor('SeriesResponse');
  /** AggrChunks of the series being read: times and range. */
  #mint = new Float64Array(64);
  #maxt = new Float64Array(64);
  #from = new Uint32Array(64);
  #to = new Uint32Array(64);
  #units = 0;

  constructor(events: SeriesFrameEvents) {
    this.#events = events;
  }

  /** Reads the message `buffer[from, from + length)`. The buffer becomes part of the batches. */
  message(buffer: Uint8Array, from: number, length: number): void {
    this.#in.buffer = buffer;
    const end = from + length;
    for (this.#in.at = from; this.#in.at < end;) {
      const tag = this.#in.uvarint(end);
      switch (tag) {
        case 0x0a:
          this.#series(this.#in.uvarint(end), end);
          break;
        case 0x12:
          this.#events.warning(Buffer.from(this.#in.bytes(end)).toString('utf8'));
          break;
        case 0x1a:
          this.#events.hints(this.#in.bytes(end));
          break;
        case 0x22:
          this.#batch(this.#in.uvarint(end), end);
          break;
        default:
          this.#in.skip(tag, end);
      }
    }
  }

  /** Gives away the series read so far. */
  finish(): void {
    if (this.#builder.count === 0) return;
    const batch = this.#builder.finish();
    this.#builder = new SeriesBatchBuilder();
    this.#events.batch(batch);
  }

  #batch(length: number, limit: number): void {
    const end = this.#in.end(length, limit);
    while (this.#in.at < end) {
      const tag = this.#in.uvarint(end);
      if (tag === 0x0a) this.#series(this.#in.uvarint(end), end);
      else this.#in.skip(tag, end);
    }
  }

  #series(length: number, limit: number): void {
    const end = this.#in.end(length, limit);
    const buffer = this.#in.buffer;
    let labelFrom = this.#in.at;
    let labelTo = this.#in.at;
    let loose: Uint8Array[] | undefined;
    this.#units = 0;
    while (this.#in.at < end) {
      const start = this.#in.at;
      const tag = this.#in.uvarint(end);
      if (tag === 0x0a) {
        this.#in.at = this.#in.end(this.#in.uvarint(end), end);
        if (start === labelTo) labelTo = this.#in.at;
        else if (labelTo === labelFrom) {
          labelFrom = start;
          labelTo = this.#in.at;
        } else (loose ??= []).push(buffer.subarray(start, this.#in.at));
      } else if (tag === 0x12) {
        this.#unit(this.#in.end(this.#in.uvarint(end), end));
      } else this.#in.skip(tag, end);
    }
    this.#room();
    if (loose === undefined) this.#builder.series(buffer, labelFrom, labelTo - labelFrom);
    else {
      // Nobody writes labels after chunks, but the format allows it.
      const joined = Buffer.concat([buffer.subarray(labelFrom, labelTo), ...loose]);
      this.#builder.series(joined, 0, joined.length);
    }
    this.#addUnits();
    this.#in.at = end;
  }

  /** Notes the AggrChunk up to `end` and its times. */
  #unit(end: number): void {
    const u = this.#units++;
    if (u === this.#mint.length) this.#growUnits();
    this.#from[u] = this.#in.at;
    this.#to[u] = end;
    let mint = 0;
    let maxt = 0;
    while (this.#in.at < end) {
      const tag = this.#in.uvarint(end);
      if (tag === 0x08) mint = this.#in.int64(end);
      else if (tag === 0x10) maxt = this.#in.int64(end);
      else this.#in.skip(tag, end);
    }
    this.#mint[u] = mint;
    this.#maxt[u] = maxt;
  }

  #addUnits(): void {
    const { length } = this.#mint;
    const n = this.#units;
    let sorted = n <= length;
    for (let u = 1; sorted && u < n; u++)
      sorted =
        this.#mint[u - 1] < this.#mint[u] ||
        (this.#mint[u - 1] === this.#mint[u] && this.#maxt[u - 1] <= this.#maxt[u]);
    if (sorted) {
      for (let u = 0; u < n; u++) this.#addRows(u);
      return;
    }
    const order = Array.from({ length: n }, (_, u) => u);
    order.sort((a, b) => this.#mint[a] - this.#mint[b] || this.#maxt[a] - this.#maxt[b] || a - b);
    for (const u of order) this.#addRows(u);
  }

  /** Adds the chunk rows of an AggrChunk; its fields raw=3 to counter=8 are Aggr 0 to 5. */
  #addRows(u: number): void {
    const end = this.#to[u];
    const mint = this.#mint[u];
    const maxt = this.#maxt[u];
    let rows = 0;
    this.#in.at = this.#from[u];
    while (this.#in.at < end) {
      const tag = this.#in.uvarint(end);
      if ((tag & 7) === 2 && tag >= 0x1a && tag <= 0x42) {
        this.#row(this.#in.end(this.#in.uvarint(end), end), mint, maxt, ((tag >>> 3) - 3) as Aggr);
        rows++;
      } else this.#in.skip(tag, end);
    }
    if (rows === 0) this.#builder.chunk(this.#in.buffer, end, 0, mint, maxt, Encoding.NONE, 0);
  }

  #row(end: number, mint: number, maxt: number, aggr: Aggr): void {
    let encoding = 1;
    let from = this.#in.at;
    let length = 0;
    while (this.#in.at < end) {
      const tag = this.#in.uvarint(end);
      if (tag === 0x12) {
        length = this.#in.uvarint(end);
        from = this.#in.at;
        this.#in.at = this.#in.end(length, end);
      } else if (tag === 0x08) encoding = Math.min(255, this.#in.uvarint(end) + 1);
      else this.#in.skip(tag, end);
    }
    this.#builder.chunk(this.#in.buffer, from, length, mint, maxt, encoding, aggr);
  }

  /** Begins a new batch when another series, with a buffer of its own, might not fit. */
  #room(): void {
    const builder = this.#builder;
    if (builder.count >= BATCH_SERIES || builder.chunkCount >= BATCH_CHUNKS || !builder.hasRoomFor(1)) this.finish();
  }

  #growUnits(): void {
    const size = this.#mint.length * 2;
    const grow = <A extends Uint32Array | Float64Array>(from: A, to: A): A => {
      to.set(from);
      return to;
    };
    this.#mint = grow(this.#mint, new Float64Array(size));
    this.#maxt = grow(this.#maxt, new Float64Array(size));
    this.#from = grow(this.#from, new Uint32Array(size));
    this.#to = grow(this.#to, new Uint32Array(size));
  }
}
