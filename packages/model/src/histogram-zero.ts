import { exponentialBound } from './histogram-bounds.ts';
import type { FloatHistogram } from './histogram.ts';
import { compactSide, negativeSide, positiveSide, type SparseSide } from './histogram-sparse.ts';
import { kahanInc, kahanRest } from './kahan.ts';

/** A histogram's zero bucket at a wider threshold. */
export interface WiderZero {
  count: number;
  rest: number;
  /** What was asked for, or more where that fell into a populated bucket. */
  threshold: number;
}

/** Both sides and the zero bucket, in the form that additions work on. */
export interface OpenHistogram {
  readonly schema: number;
  zeroThreshold: number;
  zeroCount: number;
  zeroRest: number;
  positive: SparseSide;
  negative: SparseSide;
}

export function openHistogram(h: FloatHistogram): OpenHistogram {
  return {
    schema: h.schema,
    zeroThreshold: h.zeroThreshold,
    zeroCount: h.zeroCount,
    zeroRest: 0,
    positive: positiveSide(h),
    negative: negativeSide(h),
  };
}

/** What the zero bucket would be with the larger (or equal) threshold. */
export function widenZero(h: OpenHistogram, larger: number): WiderZero {
  const out: WiderZero = { count: h.zeroCount, rest: h.zeroRest, threshold: larger };
  if (larger === h.zeroThreshold) return out;
  // A populated negative bucket that is cut makes the threshold larger, and then the positive ones have to be counted again.
  // The compensation is not started again with them, as in Prometheus.
  for (let again = true; again;) {
    out.count = h.zeroCount;
    absorb(out, h.positive, h.schema);
    again = absorb(out, h.negative, h.schema);
  }
  return out;
}

/** Takes buckets that begin below the threshold; whether that made the threshold larger. */
function absorb(zero: WiderZero, side: SparseSide, schema: number): boolean {
  for (let i = 0; i < side.count.length; i++) {
    const lower = exponentialBound(side.index[i] - 1, schema);
    if (lower >= zero.threshold) return false;
    take(zero, side.count[i]);
    if (side.rest !== undefined) take(zero, side.rest[i]);
    const upper = exponentialBound(side.index[i], schema);
    if (upper > zero.threshold) {
      if (side.count[i] === 0) return false;
      zero.threshold = upper;
      return true;
    }
  }
  return false;
}

function take(zero: WiderZero, amount: number): void {
  zero.count = kahanInc(amount, zero.count, zero.rest);
  zero.rest = kahanRest();
}

/**
 * Widens the zero bucket of `h` until it fits that of `other` too, with a threshold inside no populated bucket of either; gives what `other`'s
 * zero bucket is then, and changes `h`.
 */
export function reconcileZero(h: OpenHistogram, other: OpenHistogram): WiderZero {
  let theirs: WiderZero = { count: other.zeroCount, rest: 0, threshold: other.zeroThreshold };
  while (theirs.threshold !== h.zeroThreshold) {
    if (h.zeroThreshold > theirs.threshold) theirs = widenZero(other, h.zeroThreshold);
    if (theirs.threshold > h.zeroThreshold) {
      const ours = widenZero(h, theirs.threshold);
      h.zeroCount = ours.count;
      h.zeroThreshold = ours.threshold;
      if (h.positive.rest !== undefined) h.zeroRest = ours.rest;
      h.positive = outside(h.positive, h.schema, h.zeroThreshold);
      h.negative = outside(h.negative, h.schema, h.zeroThreshold);
    }
  }
  return theirs;
}

/** Buckets that are not in the zero bucket. */
function outside(side: SparseSide, schema: number, threshold: number): SparseSide {
  let from = 0;
  while (from < side.count.length && exponentialBound(side.index[from] - 1, schema) < threshold) from++;
  return compactSide({
    index: side.index.subarray(from),
    count: side.count.subarray(from),
    rest: side.rest?.subarray(from),
  });
}
