import { SampleColumns, type CounterResetHint, type FloatHistogram, type Histogram, type Span } from '@tsanos/model';

/** A histogram as the storage vectors write it: floats as 16 hex digits, integers as numbers or decimal strings. */
export interface GoldenHistogram {
  kind: 'int' | 'float';
  counterResetHint: CounterResetHint;
  schema: number;
  zeroThreshold: string;
  zeroCount: number | string;
  count: number | string;
  sum: string;
  positiveSpans: [number, number][];
  negativeSpans: [number, number][];
  positiveBuckets: (number | string)[];
  negativeBuckets: (number | string)[];
  customValues: string[];
}

/** `[t, value]` or `[t, value, st]`. */
export type GoldenSample = [t: number | string, value: string | GoldenHistogram, st?: number | string];

/** The float that 16 hex digits spell; not for stale markers. */
export function floatOfHex(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE(0);
}

/** Stores the float that 16 hex digits spell, bit by bit, as value `i` of the words view `w`. */
export function storeHex(w: Int32Array, i: number, hex: string): void {
  w[2 * i + 1] = Number.parseInt(hex.slice(0, 8), 16) | 0;
  w[2 * i] = Number.parseInt(hex.slice(8), 16) | 0;
}

/** The 16 hex digits of value `i` of the words view `w`. */
export function hexAt(w: Int32Array, i: number): string {
  return hex32(w[2 * i + 1]) + hex32(w[2 * i]);
}

function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** Columns of the float samples of a vector. */
export function columnsOfGolden(samples: readonly GoldenSample[]): SampleColumns {
  const out = new SampleColumns(samples.length);
  for (const [t, value, st] of samples) {
    out.t[out.n] = Number(t);
    storeHex(out.w, out.n, value as string);
    if (st !== undefined) {
      out.st ??= new Float64Array(out.t.length);
      out.st[out.n] = Number(st);
    }
    out.n++;
  }
  return out;
}

function spansOf(pairs: readonly [number, number][]): Span[] {
  return pairs.map(([offset, length]) => ({ offset, length }));
}

/** The integer histogram of a vector, or undefined where a number in it passes 2^53. */
export function intHistogramOf(g: GoldenHistogram): Histogram | undefined {
  const numbers = [g.count, g.zeroCount, ...g.positiveBuckets, ...g.negativeBuckets];
  if (numbers.some((x) => typeof x === 'string')) return undefined;
  return {
    counterResetHint: g.counterResetHint,
    schema: g.schema,
    zeroThreshold: floatOfHex(g.zeroThreshold),
    zeroCount: g.zeroCount as number,
    count: g.count as number,
    sum: floatOfHex(g.sum),
    positiveSpans: spansOf(g.positiveSpans),
    negativeSpans: spansOf(g.negativeSpans),
    positiveBuckets: Float64Array.from(g.positiveBuckets as number[]),
    negativeBuckets: Float64Array.from(g.negativeBuckets as number[]),
    customValues: g.schema === -53 ? Float64Array.from(g.customValues, floatOfHex) : undefined,
  };
}

/** The float form of a vector's histogram, integer ones converted exactly. */
export function floatHistogramOf(g: GoldenHistogram): FloatHistogram {
  const int = g.kind === 'int';
  return {
    counterResetHint: g.counterResetHint,
    schema: g.schema,
    zeroThreshold: floatOfHex(g.zeroThreshold),
    zeroCount: int ? Number(g.zeroCount) : floatOfHex(g.zeroCount as string),
    count: int ? Number(g.count) : floatOfHex(g.count as string),
    sum: floatOfHex(g.sum),
    positiveSpans: spansOf(g.positiveSpans),
    negativeSpans: spansOf(g.negativeSpans),
    positiveBuckets: int ? absolute(g.positiveBuckets) : Float64Array.from(g.positiveBuckets as string[], floatOfHex),
    negativeBuckets: int ? absolute(g.negativeBuckets) : Float64Array.from(g.negativeBuckets as string[], floatOfHex),
    customValues: g.schema === -53 ? Float64Array.from(g.customValues, floatOfHex) : undefined,
  };
}

function absolute(deltas: readonly (number | string)[]): Float64Array {
  let sum = 0n;
  return Float64Array.from(deltas, (d) => Number((sum = BigInt.asIntN(64, sum + BigInt(d)))));
}

/** The samples of columns in the form of float vectors, times rounded to numbers. */
export function goldenOfColumns(columns: SampleColumns, from = 0): [number, string][] {
  const list: [number, string][] = [];
  for (let i = from; i < columns.n; i++) list.push([columns.t[i], hexAt(columns.w, i)]);
  return list;
}

/** Exact times and start timestamps of a vector, 0 where there is none. */
export function timesOfGolden(samples: readonly GoldenSample[]): { t: bigint[]; st: bigint[] } {
  return { t: samples.map(([t]) => BigInt(t)), st: samples.map(([, , st]) => BigInt(st ?? 0)) };
}
