import { TsanosError } from '@tsanos/bytes';
import { commonBounds, NO_SPANS, sameBounds, usesCustomBuckets } from './histogram-bounds.ts';
import type { CounterResetHint, FloatHistogram } from './histogram.ts';
import {
  addAt,
  compactSide,
  emptySide,
  firstAbove,
  indexSpans,
  mergeSides,
  negativeSide,
  positiveSide,
  reduceSide,
  type SparseSide,
} from './histogram-sparse.ts';
import { openHistogram, reconcileZero } from './histogram-zero.ts';
import { kahanInc, kahanRest } from './kahan.ts';

/** What an addition tells beside its result. */
export interface HistogramSum {
  histogram: FloatHistogram;
  /** One side said reset and the other not_reset. */
  counterResetCollision: boolean;
  /** Custom bounds differed, so that only the common ones are left. */
  boundsReconciled: boolean;
}

/** Code of the error for exponential with custom buckets. */
export const INCOMPATIBLE_SCHEMAS = 'incompatible-histogram-schemas';

function checkSchemas(a: FloatHistogram, b: FloatHistogram): void {
  if (usesCustomBuckets(a) !== usesCustomBuckets(b)) {
    throw new TsanosError(
      'bad-input',
      INCOMPATIBLE_SCHEMAS,
      'cannot apply this operation on histograms with a mix of exponential and custom bucket schemas',
    );
  }
}

/** a + b; not compacted. Throws `INCOMPATIBLE_SCHEMAS` for a mix of exponential and custom buckets. */
export function addHistograms(a: FloatHistogram, b: FloatHistogram): HistogramSum {
  return combine(a, b, 1);
}

/** a − b; not compacted, hint as for a sum (the operator `-` makes it a gauge). */
export function subHistograms(a: FloatHistogram, b: FloatHistogram): HistogramSum {
  return combine(a, b, -1);
}

function combine(a: FloatHistogram, b: FloatHistogram, sign: 1 | -1): HistogramSum {
  checkSchemas(a, b);
  const hint = combinedHint(a.counterResetHint, b.counterResetHint);
  const count = a.count + sign * b.count;
  const sum = a.sum + sign * b.sum;
  if (usesCustomBuckets(a)) {
    const { side, bounds, reconciled } = combineCustom(a, b, undefined, sign);
    const histogram: FloatHistogram = {
      ...a,
      counterResetHint: hint.hint,
      count,
      sum,
      positiveSpans: indexSpans(side.index),
      positiveBuckets: side.count,
      customValues: bounds,
    };
    return { histogram, counterResetCollision: hint.collision, boundsReconciled: reconciled };
  }
  const ours = openHistogram(a);
  const theirs = openHistogram(b);
  const zero = reconcileZero(ours, theirs);
  const schema = Math.min(a.schema, b.schema);
  const merge = (x: SparseSide, y: SparseSide): SparseSide => {
    const reduced = reduceSide(y, b.schema, schema);
    return mergeSides(reduceSide(x, a.schema, schema), reduced, firstAbove(reduced, schema, ours.zeroThreshold), sign);
  };
  const positive = merge(ours.positive, theirs.positive);
  const negative = merge(ours.negative, theirs.negative);
  const histogram: FloatHistogram = {
    counterResetHint: hint.hint,
    schema,
    zeroThreshold: ours.zeroThreshold,
    zeroCount: ours.zeroCount + sign * zero.count,
    count,
    sum,
    positiveSpans: indexSpans(positive.index),
    negativeSpans: indexSpans(negative.index),
    positiveBuckets: positive.count,
    negativeBuckets: negative.count,
    customValues: undefined,
  };
  return { histogram, counterResetCollision: hint.collision, boundsReconciled: false };
}

/** A running sum with compensation, both with one layout. Every function gives a new one. */
export interface CompensatedHistogram {
  histogram: FloatHistogram;
  rest: HistogramRest;
}

/** The compensation of each number of a histogram. */
export interface HistogramRest {
  zeroCount: number;
  count: number;
  sum: number;
  positive: Float64Array;
  negative: Float64Array;
}

/** The start of a running sum. */
export function compensated(histogram: FloatHistogram): CompensatedHistogram {
  const rest = {
    zeroCount: 0,
    count: 0,
    sum: 0,
    positive: new Float64Array(histogram.positiveBuckets.length),
    negative: new Float64Array(histogram.negativeBuckets.length),
  };
  return { histogram, rest };
}

/** Adds a histogram to a running sum, compensated number by number as in Prometheus. */
export function kahanAddHistogram(
  running: CompensatedHistogram,
  other: FloatHistogram,
): CompensatedHistogram & Pick<HistogramSum, 'counterResetCollision' | 'boundsReconciled'> {
  const { histogram: h, rest } = running;
  checkSchemas(h, other);
  const hint = combinedHint(h.counterResetHint, other.counterResetHint);
  const count = kahanInc(other.count, h.count, rest.count);
  const countRest = kahanRest();
  const sum = kahanInc(other.sum, h.sum, rest.sum);
  const sumRest = kahanRest();
  if (usesCustomBuckets(h)) {
    const { side, bounds, reconciled } = combineCustom(h, other, rest.positive, 1);
    return {
      histogram: {
        ...h,
        counterResetHint: hint.hint,
        count,
        sum,
        positiveSpans: indexSpans(side.index),
        positiveBuckets: side.count,
        customValues: bounds,
      },
      rest: { zeroCount: 0, count: countRest, sum: sumRest, positive: side.rest!, negative: rest.negative },
      counterResetCollision: hint.collision,
      boundsReconciled: reconciled,
    };
  }
  const ours = {
    ...openHistogram(h),
    zeroRest: rest.zeroCount,
    positive: positiveSide(h, rest.positive),
    negative: negativeSide(h, rest.negative),
  };
  const theirs = openHistogram(other);
  const zero = reconcileZero(ours, theirs);
  let zeroCount = kahanInc(zero.count, ours.zeroCount, ours.zeroRest);
  zeroCount = kahanInc(zero.rest, zeroCount, kahanRest());
  const zeroRest = kahanRest();
  const schema = Math.min(h.schema, other.schema);
  const merge = (x: SparseSide, y: SparseSide): SparseSide => {
    const plain = other.schema > schema ? { ...y, rest: new Float64Array(y.count.length) } : y;
    const reduced = reduceSide(plain, other.schema, schema);
    return mergeSides(reduceSide(x, h.schema, schema), reduced, firstAbove(reduced, schema, ours.zeroThreshold), 1);
  };
  const positive = merge(ours.positive, theirs.positive);
  const negative = merge(ours.negative, theirs.negative);
  return {
    histogram: {
      counterResetHint: hint.hint,
      schema,
      zeroThreshold: ours.zeroThreshold,
      zeroCount,
      count,
      sum,
      positiveSpans: indexSpans(positive.index),
      negativeSpans: indexSpans(negative.index),
      positiveBuckets: positive.count,
      negativeBuckets: negative.count,
      customValues: undefined,
    },
    rest: { zeroCount: zeroRest, count: countRest, sum: sumRest, positive: positive.rest!, negative: negative.rest! },
    counterResetCollision: hint.collision,
    boundsReconciled: false,
  };
}

/** The sum with its compensation added in, but for buckets inside the zero bucket, which an addition passes by. */
export function settle({ histogram, rest }: CompensatedHistogram): FloatHistogram {
  const { schema, zeroThreshold } = histogram;
  const first = (side: SparseSide): number =>
    usesCustomBuckets(histogram) ? 0 : firstAbove(side, schema, zeroThreshold);
  const positiveFrom = first(positiveSide(histogram));
  const negativeFrom = first(negativeSide(histogram));
  return {
    ...histogram,
    zeroCount: histogram.zeroCount + rest.zeroCount,
    count: histogram.count + rest.count,
    sum: histogram.sum + rest.sum,
    positiveBuckets: histogram.positiveBuckets.map((n, i) => (i < positiveFrom ? n : n + rest.positive[i])),
    negativeBuckets: histogram.negativeBuckets.map((n, i) => (i < negativeFrom ? n : n + rest.negative[i])),
  };
}

/** Multiplies a running sum and its compensation, as the mean of histograms needs it. */
export function mapCompensated(
  { histogram, rest }: CompensatedHistogram,
  map: (n: number) => number,
): CompensatedHistogram {
  const { zeroCount, count, sum, positiveBuckets, negativeBuckets } = histogram;
  return {
    histogram: {
      ...histogram,
      zeroCount: map(zeroCount),
      count: map(count),
      sum: map(sum),
      positiveBuckets: positiveBuckets.map(map),
      negativeBuckets: negativeBuckets.map(map),
    },
    rest: {
      zeroCount: map(rest.zeroCount),
      count: map(rest.count),
      sum: map(rest.sum),
      positive: rest.positive.map(map),
      negative: rest.negative.map(map),
    },
  };
}

function combinedHint(a: CounterResetHint, b: CounterResetHint): { hint: CounterResetHint; collision: boolean } {
  if (a === b || a === 'gauge' || b === 'gauge') return { hint: a === b ? a : 'gauge', collision: false };
  return { hint: 'unknown', collision: a !== 'unknown' && b !== 'unknown' };
}

/** Sum of the buckets of custom histograms, over their common bounds where they differ. */
function combineCustom(
  a: FloatHistogram,
  b: FloatHistogram,
  rest: Float64Array | undefined,
  sign: 1 | -1,
): { side: SparseSide; bounds: Float64Array; reconciled: boolean } {
  const x = positiveSide(a, rest);
  const y = positiveSide(b);
  if (sameBounds(a.customValues, b.customValues)) {
    return { side: mergeSides(x, y, 0, sign), bounds: a.customValues ?? new Float64Array(0), reconciled: false };
  }
  const bounds = commonBounds(a.customValues, b.customValues);
  const target = emptySide(bounds.length + 1, true);
  for (let i = 0; i < target.index.length; i++) target.index[i] = i;
  mapInto(target, x, a.customValues, bounds, 1);
  mapInto(target, y, b.customValues, bounds, sign);
  const compact = compactSide(target);
  return { side: rest === undefined ? { ...compact, rest: undefined } : compact, bounds, reconciled: true };
}

/** Adds each bucket to the first one whose bound is not below its own. */
function mapInto(
  target: SparseSide,
  side: SparseSide,
  own: Float64Array | undefined,
  common: Float64Array,
  sign: 1 | -1,
): void {
  let at = 0;
  for (let i = 0; i < side.count.length; i++) {
    const bound = own !== undefined && side.index[i] < own.length ? own[side.index[i]] : Infinity;
    while (at < common.length && common[at] < bound) at++;
    addAt(target, at, sign * side.count[i]);
    if (side.rest !== undefined) addAt(target, at, side.rest[i]);
  }
}

/** No buckets, the given schema: what a counter starts from. */
export function emptyHistogram(schema: number, customValues: Float64Array | undefined): FloatHistogram {
  return {
    counterResetHint: 'unknown',
    schema,
    zeroThreshold: 0,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positiveSpans: NO_SPANS,
    negativeSpans: NO_SPANS,
    positiveBuckets: new Float64Array(0),
    negativeBuckets: new Float64Array(0),
    customValues,
  };
}
