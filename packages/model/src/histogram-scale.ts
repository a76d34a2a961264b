import { TsanosError } from '@tsanos/bytes';
import { copyHistogram, NO_SPANS, usesCustomBuckets } from './histogram-bounds.ts';
import type { FloatHistogram } from './histogram.ts';
import { compactSide, indexSpans, negativeSide, positiveSide, reduceSide } from './histogram-sparse.ts';

/** h * factor; a negative factor makes it a gauge. */
export function mulHistogram(h: FloatHistogram, factor: number): FloatHistogram {
  return {
    ...h,
    counterResetHint: factor < 0 ? 'gauge' : h.counterResetHint,
    zeroCount: h.zeroCount * factor,
    count: h.count * factor,
    sum: h.sum * factor,
    positiveBuckets: h.positiveBuckets.map((n) => n * factor),
    negativeBuckets: h.negativeBuckets.map((n) => n * factor),
  };
}

/** h / divisor; zero leaves no buckets, a negative one makes it a gauge. */
export function divHistogram(h: FloatHistogram, divisor: number): FloatHistogram {
  const out: FloatHistogram = {
    ...h,
    counterResetHint: divisor < 0 ? 'gauge' : h.counterResetHint,
    zeroCount: h.zeroCount / divisor,
    count: h.count / divisor,
    sum: h.sum / divisor,
  };
  if (divisor === 0) {
    const none = new Float64Array(0);
    return { ...out, positiveSpans: NO_SPANS, negativeSpans: NO_SPANS, positiveBuckets: none, negativeBuckets: none };
  }
  out.positiveBuckets = h.positiveBuckets.map((n) => n / divisor);
  out.negativeBuckets = h.negativeBuckets.map((n) => n / divisor);
  return out;
}

/** Without empty buckets, with one span a run; Prometheus' `Compact(0)`. */
export function compactHistogram(h: FloatHistogram): FloatHistogram {
  const positive = compactSide(positiveSide(h));
  const negative = compactSide(negativeSide(h));
  return {
    ...h,
    positiveSpans: indexSpans(positive.index),
    negativeSpans: indexSpans(negative.index),
    positiveBuckets: positive.count,
    negativeBuckets: negative.count,
  };
}

/** The same observations in a lower schema (the same schema gives a copy). */
export function reduceResolution(h: FloatHistogram, schema: number): FloatHistogram {
  if (schema === h.schema) return copyHistogram(h);
  if (usesCustomBuckets(h) || schema > h.schema || usesCustomBuckets({ schema })) {
    throw new TsanosError(
      'bad-input',
      'bad-histogram-schema',
      `cannot reduce resolution from schema ${h.schema} to ${schema}`,
    );
  }
  const positive = reduceSide(positiveSide(h), h.schema, schema);
  const negative = reduceSide(negativeSide(h), h.schema, schema);
  return {
    ...h,
    schema,
    positiveSpans: indexSpans(positive.index),
    negativeSpans: indexSpans(negative.index),
    positiveBuckets: positive.count,
    negativeBuckets: negative.count,
  };
}

/** Whether a count, the sum or a bound is infinite. */
export function hasOverflow(h: FloatHistogram): boolean {
  return (
    isInfinite(h.zeroCount) ||
    isInfinite(h.count) ||
    isInfinite(h.sum) ||
    h.positiveBuckets.some(isInfinite) ||
    h.negativeBuckets.some(isInfinite) ||
    (h.customValues?.some(isInfinite) ?? false)
  );
}

function isInfinite(n: number): boolean {
  return n === Infinity || n === -Infinity;
}
