import { TsanosError } from '@tsanos/bytes';
import type { FloatHistogram, SampleColumns } from '@tsanos/model';
import { setHistogram } from './columns-ops.ts';

/**
 * Appends sum / count to `out`, point by point, as Thanos reads averages from downsampled data. Both sides must hold the
 * same times; throws (kind corrupt) where they do not.
 */
export function appendAverage(count: SampleColumns, sum: SampleColumns, out: SampleColumns): void {
  out.reserve(sum.n);
  const n = Math.min(count.n, sum.n);
  for (let i = 0; i < n; i++) {
    if (count.t[i] !== sum.t[i]) throw misaligned(`sum has ${sum.t[i]} where count has ${count.t[i]}`);
    const k = out.n;
    out.t[k] = sum.t[i];
    const histogram = sum.h?.[i];
    if (histogram === undefined) {
      out.v[k] = sum.v[i] / count.v[i];
    } else {
      const average = divide(histogram, count.v[i]);
      out.v[k] = average.sum;
      setHistogram(out, k, average);
    }
    out.n++;
  }
  if (count.n !== sum.n) throw misaligned(`sum has ${sum.n} samples, count ${count.n}`);
}

function divide(h: FloatHistogram, by: number): FloatHistogram {
  const scale = (buckets: Float64Array): Float64Array => buckets.map((x) => x / by);
  return {
    ...h,
    zeroCount: h.zeroCount / by,
    count: h.count / by,
    sum: h.sum / by,
    positiveBuckets: scale(h.positiveBuckets),
    negativeBuckets: scale(h.negativeBuckets),
  };
}

function misaligned(what: string): TsanosError {
  return new TsanosError(
    'corrupt',
    'misaligned-aggregates',
    `average of downsampled data: ${what}; the block is damaged`,
  );
}
