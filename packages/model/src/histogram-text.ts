import { bucketBound, usesCustomBuckets } from './histogram-bounds.ts';
import type { FloatHistogram } from './histogram.ts';
import { BucketList } from './histogram-list.ts';
import { spanIndices } from './histogram-sparse.ts';
import { formatFloat, formatFloatG } from './number-text.ts';

/** `{count:3, sum:5, [-0.001,0.001]:1, (0.5,1]:2}`: populated buckets in ascending order, brackets show which bounds belong to them. */
export function histogramToString(h: FloatHistogram): string {
  const parts = [`count:${formatFloatG(h.count)}`, `sum:${formatFloatG(h.sum)}`];
  const bucket = (lower: number, upper: number, count: number, closedLower: boolean, closedUpper: boolean): void => {
    parts.push(
      `${closedLower ? '[' : '('}${formatFloatG(lower)},${formatFloatG(upper)}${closedUpper ? ']' : ')'}:${formatFloatG(count)}`,
    );
  };
  const negative = spanIndices(h.negativeSpans, h.negativeBuckets.length);
  for (let i = negative.length - 1; i >= 0; i--) {
    if (h.negativeBuckets[i] === 0) continue;
    const lower = -bucketBound(negative[i], h.schema, undefined);
    bucket(lower, -bucketBound(negative[i] - 1, h.schema, undefined), h.negativeBuckets[i], lower < 0, false);
  }
  if (h.zeroCount !== 0) bucket(-h.zeroThreshold, h.zeroThreshold, h.zeroCount, true, true);
  const custom = usesCustomBuckets(h);
  const positive = spanIndices(h.positiveSpans, h.positiveBuckets.length);
  for (let i = 0; i < positive.length; i++) {
    if (h.positiveBuckets[i] === 0) continue;
    const lower = bucketBound(positive[i] - 1, h.schema, h.customValues);
    const upper = bucketBound(positive[i], h.schema, h.customValues);
    bucket(lower, upper, h.positiveBuckets[i], custom && positive[i] === 0, custom || upper > 0);
  }
  return `{${parts.join(', ')}}`;
}

/** How a bucket's bounds belong to it, in the API's numbers. */
const OPEN_LOWER = 0;
const OPEN_UPPER = 1;
const OPEN = 2;
const CLOSED = 3;
const list = new BucketList();

/** The histogram as the query API has it: numbers as text, empty buckets left out. */
export function histogramToJson(h: FloatHistogram): {
  count: string;
  sum: string;
  buckets?: [number, string, string, string][];
} {
  list.fill(h);
  const buckets: [number, string, string, string][] = [];
  for (let i = 0; i < list.n; i++) {
    if (list.count[i] === 0) continue;
    const lower = list.lowerInclusive[i] === 1;
    const upper = list.upperInclusive[i] === 1;
    const kind = lower ? (upper ? CLOSED : OPEN_UPPER) : upper ? OPEN_LOWER : OPEN;
    buckets.push([kind, formatFloat(list.lower[i]), formatFloat(list.upper[i]), formatFloat(list.count[i])]);
  }
  const json = { count: formatFloat(h.count), sum: formatFloat(h.sum) };
  return buckets.length === 0 ? json : { ...json, buckets };
}
