import { BucketList, LabelCursor, type FloatHistogram } from '@tsanos/model';
import { CHUNK_POINTS, FloatText } from './float-text.ts';

const encoder = new TextEncoder();
const HEX = encoder.encode('0123456789abcdef');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const DIGIT_0 = 0x30;

/** What the mask of a row says of a point. */
export const FLOAT_POINT = 1;
export const HISTOGRAM_POINT = 2;

const text = (s: string): Uint8Array => encoder.encode(s);
const METRIC = text('{"metric":');
const VALUES = text(',"values":[');
const HISTOGRAMS = text(',"histograms":[');
const VALUE = text(',"value":[');
const HISTOGRAM = text(',"histogram":[');
const END_ARRAY = text(']}');

let shared: FloatText | undefined;
const buckets = new BucketList();

/**
 * Writes answers of the query API as Prometheus does, byte for byte, into one growing buffer. Numbers go through the thread's `FloatText`. Use
 * one writer at a time for one matrix: the times of its rows are prepared once.
 */
export class JsonWriter {
  #bytes: Uint8Array;
  #length = 0;
  readonly #floats: FloatText = (shared ??= new FloatText());
  /** Stands for this writer in `prepared`. */
  readonly #token: object = {};
  /** Whose times the `FloatText` holds, and from which point on. */
  #preparedTimes: Float64Array | undefined;
  #preparedFrom = 0;

  constructor(capacity = 65_536) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Forgets what was written, keeps the memory. */
  clear(): void {
    this.#length = 0;
  }

  /** A view of what was written; valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written, in a buffer of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(extra: number): Uint8Array {
    const need = this.#length + extra;
    if (need > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(need, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    return this.#bytes;
  }

  #byte(n: number): void {
    this.#reserve(1)[this.#length++] = n;
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length).set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** ASCII text as it is. */
  ascii(s: string): this {
    const bytes = this.#reserve(s.length);
    for (let i = 0; i < s.length; i++) bytes[this.#length + i] = s.charCodeAt(i);
    this.#length += s.length;
    return this;
  }

  /** A JSON string. */
  string(s: string): this {
    const bytes = encoder.encode(s);
    return this.stringBytes(bytes, 0, bytes.length);
  }

  /** A JSON string from UTF-8: quotes, backslashes and what is below the space are escaped, nothing else. */
  stringBytes(source: Uint8Array, from: number, to: number): this {
    const bytes = this.#reserve((to - from) * 6 + 2);
    let at = this.#length;
    bytes[at++] = QUOTE;
    for (let i = from; i < to; i++) {
      const c = source[i];
      if (c >= 0x20 && c !== QUOTE && c !== BACKSLASH) bytes[at++] = c;
      else at = escape(bytes, at, c);
    }
    bytes[at++] = QUOTE;
    this.#length = at;
    return this;
  }

  /** A label set, from its protobuf bytes, as an object. */
  labels(source: Uint8Array, offset = 0, length: number = source.length - offset): this {
    const cursor = new LabelCursor(source, offset, length);
    this.#byte(0x7b);
    for (let first = true; cursor.next(); first = false) {
      if (!first) this.#byte(COMMA);
      this.stringBytes(source, cursor.nameStart, cursor.nameEnd);
      this.#byte(0x3a);
      this.stringBytes(source, cursor.valueStart, cursor.valueEnd);
    }
    this.#byte(0x7d);
    return this;
  }

  /** A number in Prometheus' form, without quotes. */
  number(value: number): this {
    return this.raw(this.#floats.one(value));
  }

  /** A number in Prometheus' form as a JSON string. */
  float(value: number): this {
    this.#byte(QUOTE);
    this.number(value);
    this.#byte(QUOTE);
    return this;
  }

  /** A time in ms as seconds, with three decimals unless they are zero. */
  timestamp(ms: number): this {
    const abs = Math.abs(ms);
    const rest = abs % 1000;
    if (ms < 0) this.#byte(0x2d);
    this.ascii(String((abs - rest) / 1000));
    if (rest !== 0) this.ascii(`.${String(rest).padStart(3, '0')}`);
    return this;
  }

  /** A histogram as an object; empty buckets are left out. */
  histogram(h: FloatHistogram): this {
    this.ascii('{"count":').float(h.count).ascii(',"sum":').float(h.sum);
    buckets.fill(h);
    let any = false;
    for (let i = 0; i < buckets.n; i++) {
      if (buckets.count[i] === 0) continue;
      this.ascii(any ? ',[' : ',"buckets":[[');
      any = true;
      const lower = buckets.lowerInclusive[i];
      const upper = buckets.upperInclusive[i];
      this.#byte(DIGIT_0 + (lower === 1 ? (upper === 1 ? 3 : 1) : upper === 1 ? 0 : 2));
      this.#byte(COMMA);
      this.float(buckets.lower[i]).#byte(COMMA);
      this.float(buckets.upper[i]).#byte(COMMA);
      this.float(buckets.count[i]).#byte(0x5d);
    }
    return this.ascii(any ? ']}' : '}');
  }

  /** `[t,"v"]` of the points whose mask says float, separated by commas; whether there was one. */
  writePoints(times: Float64Array, values: Float64Array, mask: Uint8Array): boolean {
    const before = this.#length;
    for (let from = 0; from < values.length; from += CHUNK_POINTS) {
      const to = Math.min(values.length, from + CHUNK_POINTS);
      if (this.#preparedTimes !== times || this.#preparedFrom !== from || prepared !== this.#token)
        this.#prepare(times, from, to);
      this.raw(this.#floats.points(values.subarray(from, to), mask.subarray(from, to), FLOAT_POINT));
    }
    if (this.#length === before) return false;
    // The comma after the last one.
    this.#length--;
    return true;
  }

  #prepare(times: Float64Array, from: number, to: number): void {
    this.#floats.prepare(times.subarray(from, to));
    this.#preparedTimes = times;
    this.#preparedFrom = from;
    prepared = this.#token;
  }

  /**
   * A series of a matrix. `times` (ms) must not change between rows that hand in the same array. `mask` says which points are floats, which
   * histograms, and which (0) are not there. Nothing but the metric is written of a series without points.
   */
  matrixRow(
    labels: Uint8Array,
    offset: number,
    length: number,
    times: Float64Array,
    values: Float64Array,
    mask: Uint8Array,
    histograms?: readonly (FloatHistogram | undefined)[],
  ): this {
    this.raw(METRIC).labels(labels, offset, length);
    const start = this.#length;
    this.raw(VALUES);
    if (this.writePoints(times, values, mask)) this.#byte(0x5d);
    else this.#length = start;
    if (histograms !== undefined) this.#histogramPoints(times, mask, histograms);
    this.#byte(0x7d);
    return this;
  }

  #histogramPoints(times: Float64Array, mask: Uint8Array, histograms: readonly (FloatHistogram | undefined)[]): void {
    let any = false;
    for (let i = 0; i < mask.length; i++) {
      const h = histograms[i];
      if (mask[i] !== HISTOGRAM_POINT || h === undefined) continue;
      if (any) this.#byte(COMMA);
      else this.raw(HISTOGRAMS);
      any = true;
      this.ascii('[').timestamp(times[i]).ascii(',').histogram(h).ascii(']');
    }
    if (any) this.#byte(0x5d);
  }

  /** An element of a vector. */
  vectorSample(labels: Uint8Array, offset: number, length: number, time: number, value: number | FloatHistogram): this {
    this.raw(METRIC).labels(labels, offset, length);
    if (typeof value === 'number') this.raw(VALUE).timestamp(time).ascii(',').float(value);
    else this.raw(HISTOGRAM).timestamp(time).ascii(',').histogram(value);
    return this.raw(END_ARRAY);
  }
}

/** Who prepared the times that are in the shared `FloatText`. */
let prepared: object | undefined;

function escape(bytes: Uint8Array, at: number, c: number): number {
  bytes[at++] = BACKSLASH;
  switch (c) {
    case QUOTE:
    case BACKSLASH:
      bytes[at++] = c;
      return at;
    case 0x0a:
      bytes[at++] = 0x6e;
      return at;
    case 0x0d:
      bytes[at++] = 0x72;
      return at;
    case 0x09:
      bytes[at++] = 0x74;
      return at;
  }
  bytes[at++] = 0x75;
  bytes[at++] = DIGIT_0;
  bytes[at++] = DIGIT_0;
  bytes[at++] = HEX[c >> 4];
  bytes[at++] = HEX[c & 15];
  return at;
}
