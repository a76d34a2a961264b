import { SampleColumns, type CounterResetHint, type FloatHistogram, type Histogram } from '@tsanos/model';
import { setHistogram } from '../readers/columns-ops.ts';
import { hexAt, storeHex } from './golden-samples.ts';

/** A histogram as the Thanos vectors write it. */
export interface ThanosHistogram {
  int?: boolean;
  schema: number;
  zt: number | string;
  zc: number | string;
  count: number | string;
  sum: number | string;
  ps: [number, number][] | null;
  pb: (number | string)[] | null;
  ns: [number, number][] | null;
  nb: (number | string)[] | null;
  /** Index of the hint. */
  hint: number;
  cv?: (number | string)[];
}

/** `[t, value]`; a value is a number, 16 hex digits, or a histogram. */
export type ThanosSample = [t: number, value: number | string | ThanosHistogram];

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

/** A number of the vectors; not for stale markers. */
export function thanosNumber(x: number | string): number {
  return typeof x === 'number' ? x : Buffer.from(x, 'hex').readDoubleBE(0);
}

function parts(h: ThanosHistogram): Omit<FloatHistogram, 'positiveBuckets' | 'negativeBuckets'> {
  return {
    counterResetHint: HINTS[h.hint],
    schema: h.schema,
    zeroThreshold: thanosNumber(h.zt),
    zeroCount: thanosNumber(h.zc),
    count: thanosNumber(h.count),
    sum: thanosNumber(h.sum),
    positiveSpans: (h.ps ?? []).map(([offset, length]) => ({ offset, length })),
    negativeSpans: (h.ns ?? []).map(([offset, length]) => ({ offset, length })),
    customValues: h.schema === -53 ? Float64Array.from(h.cv ?? [], thanosNumber) : undefined,
  };
}

/** The integer histogram of a vector with `int`. */
export function thanosIntHistogram(h: ThanosHistogram): Histogram {
  return {
    ...parts(h),
    positiveBuckets: Float64Array.from(h.pb ?? [], thanosNumber),
    negativeBuckets: Float64Array.from(h.nb ?? [], thanosNumber),
  };
}

/** The float form of a vector's histogram. */
export function thanosFloatHistogram(h: ThanosHistogram): FloatHistogram {
  const buckets = (list: (number | string)[] | null): Float64Array => {
    let sum = 0;
    return Float64Array.from(list ?? [], (x) => (h.int === true ? (sum += thanosNumber(x)) : thanosNumber(x)));
  };
  return { ...parts(h), positiveBuckets: buckets(h.pb), negativeBuckets: buckets(h.nb) };
}

/** Columns of the samples of a vector; histograms in float form with their hints. */
export function columnsOfThanos(samples: readonly ThanosSample[]): SampleColumns {
  const out = new SampleColumns(samples.length);
  for (const [t, value] of samples) {
    out.t[out.n] = t;
    if (typeof value === 'number') out.v[out.n] = value;
    else if (typeof value === 'string') storeHex(out.w, out.n, value);
    else {
      const histogram = thanosFloatHistogram(value);
      out.v[out.n] = histogram.sum;
      setHistogram(out, out.n, histogram);
    }
    out.n++;
  }
  return out;
}

/** Columns in a form that tests compare: times with the bits of floats, or histograms. */
export function comparable(columns: SampleColumns): [number, string | FloatHistogram][] {
  return Array.from({ length: columns.n }, (_, i) => [columns.t[i], columns.h?.[i] ?? hexAt(columns.w, i)]);
}
