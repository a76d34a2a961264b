import { BucketList, usesCustomBuckets, type FloatHistogram } from '@tsanos/model';
import { exp2, log2 } from './go-math.ts';

const list = new BucketList();

/** What a quantile or fraction has to say about observations that are NaN. */
export type NanEffect = 'result' | 'skew' | undefined;

export interface NativeResult {
  value: number;
  nan: NanEffect;
}

const result: NativeResult = { value: 0, nan: undefined };

function done(value: number, nan?: NanEffect): NativeResult {
  result.value = value;
  result.nan = nan;
  return result;
}

function bucketSum(n: number, count: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += count[i];
  return sum;
}

/** The φ-quantile of a native histogram. The object returned is reused. */
export function nativeQuantile(phi: number, h: FloatHistogram): NativeResult {
  if (phi < 0) return done(-Infinity);
  if (phi > 1) return done(Infinity);
  if (h.count === 0 || phi !== phi) return done(Number.NaN);
  const { n, lower, upper, count } = list.fill(h);
  const nanSum = h.sum !== h.sum;
  const upward = nanSum || phi < 0.5;
  let rank = (upward ? phi : 1 - phi) * h.count;
  let seen = 0;
  let at = -1;
  for (let k = 0; k < n; k++) {
    at = upward ? k : n - 1 - k;
    if (count[at] === 0) continue;
    seen += count[at];
    if (seen >= rank) break;
  }
  let low = at < 0 ? 0 : lower[at];
  let high = at < 0 ? 0 : upper[at];
  let inBucket = at < 0 ? 0 : count[at];
  const custom = usesCustomBuckets(h);
  if (!custom && low < 0 && high > 0) {
    if (h.negativeBuckets.length === 0 && h.positiveBuckets.length > 0) low = 0;
    else if (h.positiveBuckets.length === 0 && h.negativeBuckets.length > 0) high = 0;
  } else if (custom) {
    if (low === -Infinity) {
      if (high <= 0) return done(high);
      low = 0;
    } else if (high === Infinity) return done(low);
  }
  if (seen > h.count) seen = h.count;
  if (seen < rank) return nanSum ? done(Number.NaN, 'result') : done(high);
  if (upward) rank -= seen - inBucket;
  else rank = seen - rank;
  const skewed = nanSum && bucketSum(n, count) < h.count ? 'skew' : undefined;
  if (nanSum && at < n - 1) {
    // Prometheus looks for NaN by going on to the last bucket, and then interpolates in that one.
    low = lower[n - 1];
    high = upper[n - 1];
    inBucket = count[n - 1];
  }
  const fraction = rank / inBucket;
  if (custom || (low <= 0 && high >= 0)) return done(low + (high - low) * fraction, skewed);
  const logLow = log2(Math.abs(low));
  const logHigh = log2(Math.abs(high));
  if (low > 0) return done(exp2(logLow + (logHigh - logLow) * fraction), skewed);
  return done(-exp2(logHigh + (logLow - logHigh) * (1 - fraction)), skewed);
}

/** The share of observations of a native histogram between two values. The object returned is reused. */
export function nativeFraction(from: number, to: number, h: FloatHistogram): NativeResult {
  if (h.count === 0 || from !== from || to !== to) return done(Number.NaN);
  if (from >= to) return done(0);
  list.fill(h);
  let total = h.count;
  let nan: NanEffect;
  if (h.sum !== h.sum) {
    total = bucketSum(list.n, list.count);
    if (total < h.count) nan = 'skew';
  }
  return done((rankAt(to, h, total) - rankAt(from, h, total)) / h.count, nan);
}

function rankAt(value: number, h: FloatHistogram, total: number): number {
  const { n, lower, upper, count } = list;
  const custom = usesCustomBuckets(h);
  let rank = 0;
  for (let i = 0; i < n; i++) {
    let low = lower[i];
    let high = upper[i];
    const zero = low <= 0 && high >= 0;
    if (zero) {
      if (h.negativeBuckets.length === 0 && h.positiveBuckets.length > 0) low = 0;
      else if (h.positiveBuckets.length === 0 && h.negativeBuckets.length > 0) high = 0;
    }
    if (low >= value) return Math.min(rank, total);
    if (high > value) return Math.min(total, rank + within(value, low, high, count[i], custom || zero));
    rank += count[i];
  }
  return total;
}

/** How many observations of a bucket lie below a value inside of it. */
function within(value: number, low: number, high: number, count: number, linear: boolean): number {
  if (linear) return low === -Infinity ? count : (count * (value - low)) / (high - low);
  const logLow = log2(Math.abs(low));
  const logHigh = log2(Math.abs(high));
  const logValue = log2(Math.abs(value));
  const fraction = value > 0 ? (logValue - logLow) / (logHigh - logLow) : 1 - (logValue - logHigh) / (logLow - logHigh);
  return count * fraction;
}
