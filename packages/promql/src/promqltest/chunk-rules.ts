import type { CounterResetHint, FloatHistogram, Span } from '@tsanos/model';

/**
 * The reset hint with which a stored histogram is read back: a gauge stays one; a counter histogram is `not_reset` when it
 * continues the chunk of the one before, else `unknown`, since it is the first of a chunk.
 */
export function storedHint(previous: FloatHistogram | undefined, current: FloatHistogram): CounterResetHint {
  if (current.counterResetHint === 'gauge') return 'gauge';
  return previous === undefined || startsChunk(previous, current) ? 'unknown' : 'not_reset';
}

function startsChunk(previous: FloatHistogram, current: FloatHistogram): boolean {
  if (previous.counterResetHint === 'gauge' || current.counterResetHint === 'reset') return true;
  if (previous.schema !== current.schema || previous.zeroThreshold !== current.zeroThreshold) return true;
  if (!sameBounds(previous.customValues, current.customValues)) return true;
  if (current.count < previous.count || current.zeroCount < previous.zeroCount) return true;
  return (
    bucketsFell(previous.positiveSpans, previous.positiveBuckets, current.positiveSpans, current.positiveBuckets) ||
    bucketsFell(previous.negativeSpans, previous.negativeBuckets, current.negativeSpans, current.negativeBuckets)
  );
}

function sameBounds(a: Float64Array | undefined, b: Float64Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}

function bucketsFell(
  oldSpans: readonly Span[],
  oldBuckets: Float64Array,
  newSpans: readonly Span[],
  newBuckets: Float64Array,
): boolean {
  const now = countsByIndex(newSpans, newBuckets);
  for (const [index, count] of countsByIndex(oldSpans, oldBuckets)) {
    if (count !== 0 && (now.get(index) ?? 0) < count) return true;
  }
  return false;
}

function countsByIndex(spans: readonly Span[], buckets: Float64Array): Map<number, number> {
  const counts = new Map<number, number>();
  let index = 0;
  let at = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++) counts.set(index++, buckets[at++]);
  }
  return counts;
}
