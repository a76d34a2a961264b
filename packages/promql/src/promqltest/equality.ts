import type { FloatHistogram, Span } from '@tsanos/model';
import type { PointValue } from './engine.ts';

const EPSILON = 1e-6;
const MIN_NORMAL = 2 ** -1022;

/** Whether two floats agree to six digits, as Prometheus' scripts mean it; NaN equals NaN. */
export function almostEqual(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (a === b) return true;
  const difference = Math.abs(a - b);
  const sum = Math.abs(a) + Math.abs(b);
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return difference < EPSILON * MIN_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < EPSILON;
}

/** Whether an expected point is what was got; an expected reset hint counts only when it was written. */
export function pointsEqual(want: PointValue, got: PointValue): boolean {
  if (typeof want === 'number') return typeof got === 'number' && almostEqual(want, got);
  return typeof got !== 'number' && histogramsEqual(want, got);
}

function histogramsEqual(want: FloatHistogram, got: FloatHistogram): boolean {
  if (want.schema !== got.schema) return false;
  if (want.counterResetHint !== 'unknown' && want.counterResetHint !== got.counterResetHint) return false;
  if (!almostEqual(want.count, got.count) || !almostEqual(want.sum, got.sum)) return false;
  if (want.schema === -53) {
    if (!sameNumbers(want.customValues ?? [], got.customValues ?? [])) return false;
  } else if (want.zeroThreshold !== got.zeroThreshold || !almostEqual(want.zeroCount, got.zeroCount)) return false;
  return (
    sameBuckets(want.positiveSpans, want.positiveBuckets, got.positiveSpans, got.positiveBuckets) &&
    sameBuckets(want.negativeSpans, want.negativeBuckets, got.negativeSpans, got.negativeBuckets)
  );
}

function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((x, i) => x === b[i]);
}

function sameBuckets(aSpans: readonly Span[], a: Float64Array, bSpans: readonly Span[], b: Float64Array): boolean {
  const want = populated(aSpans, a);
  const got = populated(bSpans, b);
  if (want.length !== got.length) return false;
  return want.every(([index, count], i) => got[i][0] === index && almostEqual(count, got[i][1]));
}

/** Index and count of the buckets that are not empty. */
function populated(spans: readonly Span[], buckets: Float64Array): [number, number][] {
  const out: [number, number][] = [];
  let index = 0;
  let at = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++, index++, at++) if (buckets[at] !== 0) out.push([index, buckets[at]]);
  }
  return out;
}
