import { bucketBound, usesCustomBuckets } from './histogram-bounds.ts';
import type { FloatHistogram } from './histogram.ts';
import { spanIndices } from './histogram-sparse.ts';

/**
 * All buckets of a histogram in ascending order, as columns: negative ones, the zero bucket if it is populated, positive ones. Empty buckets
 * are there too. A bucket that overlaps the zero bucket ends at its threshold. Scratch: filled again and again.
 */
export class BucketList {
  n = 0;
  lower: Float64Array = new Float64Array(64);
  upper: Float64Array = new Float64Array(64);
  count: Float64Array = new Float64Array(64);
  /** 1 where the bound belongs to the bucket. */
  lowerInclusive: Uint8Array = new Uint8Array(64);
  upperInclusive: Uint8Array = new Uint8Array(64);

  /** Fills the list with the buckets of `h`; gives itself. */
  fill(h: FloatHistogram): this {
    this.n = 0;
    this.#reserve(h.positiveBuckets.length + h.negativeBuckets.length + 1);
    const { schema, zeroThreshold } = h;
    const negative = spanIndices(h.negativeSpans, h.negativeBuckets.length);
    for (let i = negative.length - 1; i >= 0; i--) {
      const upper = -bucketBound(negative[i] - 1, schema, undefined);
      const clipped = upper < 0 && upper > -zeroThreshold ? -zeroThreshold : upper;
      const lower = -bucketBound(negative[i], schema, undefined);
      this.#add(lower, clipped, h.negativeBuckets[i], lower < 0, upper > 0);
    }
    if (h.zeroCount > 0) this.#add(-zeroThreshold, zeroThreshold, h.zeroCount, true, true);
    const custom = usesCustomBuckets(h);
    const positive = spanIndices(h.positiveSpans, h.positiveBuckets.length);
    for (let i = 0; i < positive.length; i++) {
      const lower = bucketBound(positive[i] - 1, schema, h.customValues);
      const upper = bucketBound(positive[i], schema, h.customValues);
      let from = lower;
      let to = upper;
      if (lower > 0 && lower < zeroThreshold) from = zeroThreshold;
      else if (upper < 0 && upper > -zeroThreshold) to = -zeroThreshold;
      this.#add(from, to, h.positiveBuckets[i], custom ? positive[i] === 0 : lower < 0, custom || upper > 0);
    }
    return this;
  }

  #add(lower: number, upper: number, count: number, lowerInclusive: boolean, upperInclusive: boolean): void {
    const i = this.n++;
    this.lower[i] = lower;
    this.upper[i] = upper;
    this.count[i] = count;
    this.lowerInclusive[i] = lowerInclusive ? 1 : 0;
    this.upperInclusive[i] = upperInclusive ? 1 : 0;
  }

  #reserve(n: number): void {
    if (n <= this.lower.length) return;
    this.lower = new Float64Array(n * 2);
    this.upper = new Float64Array(n * 2);
    this.count = new Float64Array(n * 2);
    this.lowerInclusive = new Uint8Array(n * 2);
    this.upperInclusive = new Uint8Array(n * 2);
  }
}
