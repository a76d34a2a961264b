import type { FloatHistogram, Histogram } from './histogram.ts';

/** Absolute float counts from deltas. Spans and bounds are shared. */
export function toFloatHistogram(h: Histogram): FloatHistogram {
  return { ...h, positiveBuckets: absolute(h.positiveBuckets), negativeBuckets: absolute(h.negativeBuckets) };
}

function absolute(deltas: Float64Array): Float64Array {
  let sum = 0;
  return deltas.map((delta) => (sum += delta));
}
