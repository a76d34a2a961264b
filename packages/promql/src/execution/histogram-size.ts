import type { FloatHistogram } from '@tsanos/model';

/** How many samples a histogram counts as in limits and statistics: its size in bytes with time, in units of 16. */
export function histogramSize(h: FloatHistogram): number {
  const spans = h.positiveSpans.length + h.negativeSpans.length;
  const numbers = h.positiveBuckets.length + h.negativeBuckets.length + (h.customValues?.length ?? 0);
  return Math.floor((168 + 8 * (spans + numbers) + 8) / 16);
}
