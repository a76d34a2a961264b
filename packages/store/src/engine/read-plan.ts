import { planRanges } from '@tsanos/objstore';

/** `[start, end)` of an object. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Which ranges to read, and in which of them each wanted thing begins. */
export interface ReadPlan<R extends ByteRange = ByteRange> {
  readonly ranges: readonly R[];
  /** By wanted thing, in the order they were given. */
  readonly rangeOf: Uint32Array;
}

/** Joins wanted ranges, given by ascending starts, that lie close; see `planRanges`. */
export function planReads(
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
  count: number,
  gapBytes: number,
  maxBytes: number,
): ReadPlan {
  const ranges = planRanges(starts, ends, count, gapBytes, maxBytes);
  const rangeOf = new Uint32Array(count);
  ranges.forEach((range, r) => rangeOf.fill(r, range.from, range.to));
  return { ranges, rangeOf };
}

/** Reads for series entries at ascending offsets: each is taken to end by the estimate, or where the next wanted one begins. */
export function planSeriesReads(
  refs: Uint32Array,
  unitBytes: number,
  estimateBytes: number,
  gapBytes: number,
  maxBytes: number,
): ReadPlan {
  const starts = new Float64Array(refs.length);
  const ends = new Float64Array(refs.length);
  for (let i = 0; i < refs.length; i++) {
    starts[i] = refs[i] * unitBytes;
    ends[i] = starts[i] + estimateBytes;
    if (i > 0 && ends[i - 1] > starts[i]) ends[i - 1] = starts[i];
  }
  return planReads(starts, ends, refs.length, gapBytes, maxBytes);
}
