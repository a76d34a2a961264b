import { goLog2 } from './go-log.ts';
import { bucketBound, usesCustomBuckets } from './histogram-bounds.ts';
import type { FloatHistogram } from './histogram.ts';
import { compactHistogram } from './histogram-scale.ts';
import { spanIndices } from './histogram-sparse.ts';

/** Which observations stay: those up to the limit (`</`) or those from it on (`>/`). */
export type TrimSide = 'upper' | 'lower';

interface Interval {
  lower: number;
  upper: number;
  count: number;
}

/** What is left of a bucket, and the value that stands for its observations. */
interface Kept {
  count: number;
  midpoint: number;
}

/** Removes observations above (`upper`) or below (`lower`) the limit, splitting the bucket it falls into. Untouched histograms keep count and sum. */
export function trimHistogram(h: FloatHistogram, limit: number, side: TrimSide): FloatHistogram {
  const state = { count: 0, sum: 0, changed: false };
  const positive = trimSide(h, true, limit, side, state);
  const negative = trimSide(h, false, limit, side, state);
  let { zeroCount } = h;
  if (zeroCount > 0) {
    const kept = trimZero(h, limit, side, negative.populated, positive.populated);
    if (kept.count !== zeroCount) {
      zeroCount = kept.count;
      state.changed = true;
    }
    state.sum += kept.midpoint * kept.count;
    state.count += kept.count;
  }
  if (!state.changed) return h;
  return compactHistogram({
    ...h,
    zeroCount,
    count: state.count,
    sum: state.sum,
    positiveBuckets: positive.counts,
    negativeBuckets: negative.counts,
  });
}

function trimSide(
  h: FloatHistogram,
  positive: boolean,
  limit: number,
  side: TrimSide,
  state: { count: number; sum: number; changed: boolean },
): { counts: Float64Array; populated: boolean } {
  const counts = (positive ? h.positiveBuckets : h.negativeBuckets).slice();
  const index = spanIndices(positive ? h.positiveSpans : h.negativeSpans, counts.length);
  const custom = usesCustomBuckets(h);
  let populated = false;
  for (let i = 0; i < index.length; i++) {
    if (counts[i] === 0) continue;
    populated = true;
    const inner = bucketBound(index[i] - 1, h.schema, h.customValues);
    const outer = bucketBound(index[i], h.schema, h.customValues);
    const bucket: Interval = { lower: positive ? inner : -outer, upper: positive ? outer : -inner, count: counts[i] };
    const kept = trimBucket(bucket, limit, side, positive, custom);
    if (kept === undefined) {
      counts[i] = 0;
      state.changed = true;
      continue;
    }
    state.count += kept.count;
    state.sum += kept.midpoint * kept.count;
    if (kept.count !== counts[i]) {
      counts[i] = kept.count;
      state.changed = true;
    }
  }
  return { counts, populated };
}

/** Undefined: nothing is left. */
function trimBucket(b: Interval, limit: number, side: TrimSide, positive: boolean, linear: boolean): Kept | undefined {
  const whole = side === 'upper' ? b.upper <= limit : b.lower >= limit;
  if (whole) return { count: b.count, midpoint: midpoint(b.lower, b.upper, positive, linear) };
  const cut = side === 'upper' ? b.lower < limit : b.upper > limit;
  if (!cut) return undefined;
  if (b.lower === -Infinity || b.upper === Infinity) return trimEndless(b, limit, side);
  const under = countBelow(b, limit, linear);
  return side === 'upper'
    ? { count: under, midpoint: midpoint(b.lower, limit, positive, linear) }
    : { count: b.count - under, midpoint: midpoint(limit, b.upper, positive, linear) };
}

function trimEndless(b: Interval, limit: number, side: TrimSide): Kept {
  const finite = (x: number): number => (Number.isFinite(x) || Number.isNaN(x) ? x : 0);
  if (b.lower === -Infinity) {
    if (side === 'upper') {
      if (limit >= b.upper) return { count: b.count, midpoint: 0 };
      if (limit > 0 && b.upper > 0 && b.upper !== Infinity)
        return { count: (b.count * limit) / b.upper, midpoint: limit / 2 };
      return b.upper <= 0 ? { count: b.count, midpoint: limit } : { count: 0, midpoint: finite(b.upper) };
    }
    if (limit <= b.lower) return { count: b.count, midpoint: 0 };
    if (limit >= 0 && b.upper > limit && b.upper !== Infinity)
      return { count: b.count * (1 - limit / b.upper), midpoint: (limit + b.upper) / 2 };
    return { count: 0, midpoint: finite(b.upper) };
  }
  if (side === 'upper') return { count: 0, midpoint: finite(b.lower) };
  return limit >= b.lower ? { count: b.count, midpoint: limit } : { count: 0, midpoint: finite(b.lower) };
}

function countBelow(b: Interval, limit: number, linear: boolean): number {
  if (limit <= b.lower) return 0;
  if (limit >= b.upper) return b.count;
  return b.count * fractionBelow(b.lower, b.upper, limit, linear);
}

/** Share of a bucket's observations below `v`: linear, or exponential as its bounds. */
export function fractionBelow(lower: number, upper: number, v: number, linear: boolean): number {
  if (linear) return (v - lower) / (upper - lower);
  const logLower = goLog2(Math.abs(lower));
  const logUpper = goLog2(Math.abs(upper));
  const logV = goLog2(Math.abs(v));
  return v > 0 ? (logV - logLower) / (logUpper - logLower) : 1 - (logV - logUpper) / (logLower - logUpper);
}

/** The zero bucket reaches only to zero on a side without populated buckets. */
function trimZero(h: FloatHistogram, limit: number, side: TrimSide, hasNegative: boolean, hasPositive: boolean): Kept {
  const upper = hasNegative && !hasPositive ? 0 : h.zeroThreshold;
  const lower = hasPositive && !hasNegative ? 0 : -h.zeroThreshold;
  const all: Kept = { count: h.zeroCount, midpoint: (lower + upper) / 2 };
  const none: Kept = { count: 0, midpoint: 0 };
  if (limit <= lower) return side === 'upper' ? none : all;
  if (limit >= upper) return side === 'upper' ? all : none;
  return side === 'upper'
    ? { count: h.zeroCount * ((limit - lower) / (upper - lower)), midpoint: (lower + limit) / 2 }
    : { count: h.zeroCount * ((upper - limit) / (upper - lower)), midpoint: (limit + upper) / 2 };
}

function midpoint(lower: number, upper: number, positive: boolean, linear: boolean): number {
  const endlessUpper = upper === Infinity || upper === -Infinity;
  if (lower === Infinity || lower === -Infinity) {
    if (endlessUpper) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (endlessUpper) return lower;
  if (linear) return (lower + upper) / 2;
  const mean = Math.sqrt(Math.abs(lower * upper));
  return positive ? mean : -mean;
}
