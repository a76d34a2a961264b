/** How a counter histogram relates to the one before it. Stored as the names' index in chunks and on the wire. */
export type CounterResetHint = 'unknown' | 'reset' | 'not_reset' | 'gauge';

/** A run of `length` consecutive buckets, `offset` buckets after the end of the run before (or the absolute first index). */
export interface Span {
  offset: number;
  length: number;
}

/**
 * A native histogram with absolute float counts, the form in which the engine computes (Prometheus' FloatHistogram).
 * Treat instances as immutable once they have left their decoder: spans and bucket arrays may be shared between samples.
 */
export interface FloatHistogram {
  counterResetHint: CounterResetHint;
  /** -4..8 exponential; -53 custom buckets. */
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  count: number;
  sum: number;
  positiveSpans: readonly Span[];
  negativeSpans: readonly Span[];
  /** Absolute counts, one a bucket, in span order. */
  positiveBuckets: Float64Array;
  negativeBuckets: Float64Array;
  /** Upper bounds of custom buckets (schema -53), else undefined. */
  customValues: Float64Array | undefined;
}

/** A native histogram with integer counts, as stored in integer chunks: bucket values are deltas to the bucket before. */
export interface Histogram {
  counterResetHint: CounterResetHint;
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  count: number;
  sum: number;
  positiveSpans: readonly Span[];
  negativeSpans: readonly Span[];
  /** Deltas, the first one absolute. Exact integers below 2^53. */
  positiveBuckets: Float64Array;
  negativeBuckets: Float64Array;
  customValues: Float64Array | undefined;
}
