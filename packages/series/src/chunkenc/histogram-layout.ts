import type { Span } from '@tsanos/model';
import { EndOfChunk, type BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import { readVarbitInt, readVarbitUint, writeVarbitInt, writeVarbitUint } from './varbit.ts';

/** Schema of histograms with custom bucket bounds. */
export const CUSTOM_BUCKETS = -53;
/** No chunk holds more buckets than bits; spans claim them before any is read. */
const MAX_SPAN = 2 ** 31;

/** What all histograms of a chunk share, written once at its start. */
export interface HistogramLayout {
  schema: number;
  zeroThreshold: number;
  positiveSpans: readonly Span[];
  negativeSpans: readonly Span[];
  /** Bounds of custom buckets, undefined for other schemas. */
  customValues: Float64Array | undefined;
}

/** The layout of a chunk whose first histogram is a stale marker. */
export const EMPTY_LAYOUT: HistogramLayout = {
  schema: 0,
  zeroThreshold: 0,
  positiveSpans: [],
  negativeSpans: [],
  customValues: undefined,
};

/** Buckets that spans hold. */
export function bucketCount(spans: readonly Span[]): number {
  let n = 0;
  for (const span of spans) n += span.length;
  return n;
}

/** Reads a layout. `bitsPerBucket` is what the first sample needs at least for each: a layout that claims more than can be there is refused. */
export function readLayout(r: BitReader, bitsPerBucket: number): HistogramLayout {
  const zeroThreshold = readZeroThreshold(r);
  readVarbitInt(r);
  const schema = r.signed();
  const positiveSpans = readSpans(r);
  const negativeSpans = readSpans(r);
  const customValues = schema === CUSTOM_BUCKETS ? readBounds(r) : undefined;
  if ((bucketCount(positiveSpans) + bucketCount(negativeSpans)) * bitsPerBucket > r.left) throw new EndOfChunk();
  return { schema, zeroThreshold, positiveSpans, negativeSpans, customValues };
}

export function writeLayout(w: BitWriter, layout: HistogramLayout): void {
  writeZeroThreshold(w, layout.zeroThreshold);
  varbitInt(w, layout.schema);
  writeSpans(w, layout.positiveSpans);
  writeSpans(w, layout.negativeSpans);
  if (layout.schema === CUSTOM_BUCKETS) writeBounds(w, layout.customValues ?? new Float64Array(0));
}

function readZeroThreshold(r: BitReader): number {
  const byte = r.bits(8);
  if (byte === 0) return 0;
  return byte === 255 ? readFloat(r) : 2 ** (byte - 244);
}

function writeZeroThreshold(w: BitWriter, value: number): void {
  if (value === 0 && 1 / value > 0) {
    w.bits(0, 8);
    return;
  }
  const [hi, lo] = wordsOf(value);
  // A positive power of two whose exponent fits.
  const exponent = (hi >>> 20) - 1023;
  if (lo === 0 && (hi & 0xfffff) === 0 && exponent >= -243 && exponent <= 10) {
    w.bits(exponent + 244, 8);
    return;
  }
  w.bits(255, 8);
  w.bits64(hi, lo);
}

function readSpans(r: BitReader): Span[] {
  readVarbitUint(r);
  const n = r.unsigned();
  // Each span takes two bits at least.
  if (n * 2 > r.left) throw new EndOfChunk();
  const spans: Span[] = [];
  for (let i = 0; i < n; i++) {
    readVarbitUint(r);
    const length = r.unsigned();
    readVarbitInt(r);
    const offset = r.signed();
    if (length > MAX_SPAN || Math.abs(offset) > MAX_SPAN) throw new EndOfChunk();
    spans.push({ offset, length });
  }
  return spans;
}

function writeSpans(w: BitWriter, spans: readonly Span[]): void {
  writeVarbitUint(w, 0, spans.length);
  for (const { offset, length } of spans) {
    writeVarbitUint(w, 0, length);
    varbitInt(w, offset);
  }
}

function varbitInt(w: BitWriter, value: number): void {
  writeVarbitInt(w, value < 0 ? -1 : 0, value | 0);
}

function readBounds(r: BitReader): Float64Array {
  readVarbitUint(r);
  const n = r.unsigned();
  if (n > r.left) throw new EndOfChunk();
  const bounds = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    readVarbitUint(r);
    const thousandths = r.unsigned();
    bounds[i] = thousandths === 0 ? readFloat(r) : (thousandths - 1) / 1000;
  }
  return bounds;
}

function writeBounds(w: BitWriter, bounds: Float64Array): void {
  writeVarbitUint(w, 0, bounds.length);
  for (const bound of bounds) {
    const thousandths = Math.round(bound * 1000);
    if (bound * 1000 >= 0 && bound * 1000 <= 33554430 && thousandths / 1000 === bound) {
      writeVarbitUint(w, 0, thousandths + 1);
    } else {
      w.bit(0);
      const [hi, lo] = wordsOf(bound);
      w.bits64(hi, lo);
    }
  }
}

const floats = new Float64Array(1);
const words = new Int32Array(floats.buffer);

/** Reads 64 bits as a float; not for values that may be stale markers. */
export function readFloat(r: BitReader): number {
  r.bits64();
  words[0] = r.lo;
  words[1] = r.hi;
  return floats[0];
}

/** The float of two words; not for values that may be stale markers. */
export function floatOfWords(hi: number, lo: number): number {
  words[0] = lo;
  words[1] = hi;
  return floats[0];
}

/** The int32 words of a float. */
export function wordsOf(value: number): [hi: number, lo: number] {
  floats[0] = value;
  return [words[1], words[0]];
}
