import type { Span } from '@tsanos/model';

/** The bucket indexes that spans cover, in order. */
export function bucketIndexes(spans: readonly Span[]): number[] {
  const list: number[] = [];
  let next = 0;
  spans.forEach(({ offset, length }, i) => {
    next = i === 0 ? offset : next + offset;
    for (let k = 0; k < length; k++) list.push(next++);
  });
  return list;
}

/** Spans of bucket indexes in ascending order, neighbours in one span. */
export function spansOfIndexes(indexes: readonly number[]): Span[] {
  const spans: Span[] = [];
  let last = 0;
  for (const index of indexes) {
    const previous = spans.at(-1);
    if (previous === undefined) spans.push({ offset: index, length: 1 });
    else if (index === last + 1) previous.length++;
    else spans.push({ offset: index - last - 1, length: 1 });
    last = index;
  }
  return spans;
}

/** How the buckets of a chunk and those of a histogram to be appended relate. */
export interface BucketMatch {
  /** The histogram has buckets that the chunk lacks. */
  adds: boolean;
  /** The chunk has buckets that the histogram lacks. */
  lacks: boolean;
  /** Indexes of both, ascending. */
  merged: number[];
}

/** Compares bucket indexes, both ascending. */
export function matchBuckets(chunk: readonly number[], histogram: readonly number[]): BucketMatch {
  const merged: number[] = [];
  let adds = false;
  let lacks = false;
  let i = 0;
  let k = 0;
  while (i < chunk.length || k < histogram.length) {
    const a = i < chunk.length ? chunk[i] : Number.POSITIVE_INFINITY;
    const b = k < histogram.length ? histogram[k] : Number.POSITIVE_INFINITY;
    merged.push(Math.min(a, b));
    if (a < b) lacks = true;
    if (b < a) adds = true;
    if (a <= b) i++;
    if (b <= a) k++;
  }
  return { adds, lacks, merged };
}

/** Whether a counter's buckets show a reset: one that shrank, or one in use that is gone. Counts are absolute. */
export function bucketsReset(
  chunk: readonly number[],
  last: Float64Array,
  histogram: readonly number[],
  counts: Float64Array,
): boolean {
  let k = 0;
  for (let i = 0; i < chunk.length; i++) {
    while (k < histogram.length && histogram[k] < chunk[i]) k++;
    const there = k < histogram.length && histogram[k] === chunk[i];
    if (there ? last[i] > counts[k] : last[i] !== 0) return true;
  }
  return false;
}

/** Counts moved from the buckets `from` to the buckets `to`, which include them; new ones are empty. */
export function spreadBuckets(from: readonly number[], counts: Float64Array, to: readonly number[]): Float64Array {
  const out = new Float64Array(to.length);
  let i = 0;
  for (let k = 0; k < to.length && i < from.length; k++) if (to[k] === from[i]) out[k] = counts[i++];
  return out;
}
