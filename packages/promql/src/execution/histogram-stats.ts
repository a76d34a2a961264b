import { BucketList, kahanInc, kahanRest, usesCustomBuckets, type FloatHistogram } from '@tsanos/model';

const list = new BucketList();

/** Population variance as far as buckets tell: every observation stands at the middle of its bucket. */
function variance(h: FloatHistogram): number {
  const mean = h.sum / h.count;
  const { n, lower, upper, count } = list.fill(h);
  let sum = 0;
  let rest = 0;
  for (let i = 0; i < n; i++) {
    if (count[i] === 0) continue;
    const delta = middle(h, lower[i], upper[i]) - mean;
    sum = kahanInc(count[i] * delta * delta, sum, rest);
    rest = kahanRest();
  }
  return (sum + rest) / h.count;
}

function middle(h: FloatHistogram, lower: number, upper: number): number {
  if (usesCustomBuckets(h)) return (upper + lower) / 2;
  if (lower <= 0 && upper >= 0) return 0;
  const root = Math.sqrt(upper * lower);
  return upper < 0 ? -root : root;
}

/** Functions of one native histogram by name. */
export const HISTOGRAM_STATS: ReadonlyMap<string, (h: FloatHistogram) => number> = new Map<
  string,
  (h: FloatHistogram) => number
>([
  ['histogram_count', (h) => h.count],
  ['histogram_sum', (h) => h.sum],
  ['histogram_avg', (h) => h.sum / h.count],
  ['histogram_stddev', (h) => Math.sqrt(variance(h))],
  ['histogram_stdvar', variance],
]);
