import { planRanges } from '@tsanos/objstore';
import type { ByteRange, ReadPlan } from './read-plan.ts';

/** A range of one segment file to read. */
export interface SegmentRange extends ByteRange {
  /** 0-based segment number, as in the upper half of a chunk reference. */
  readonly segment: number;
}

export interface ChunkPlanOptions {
  /** Ranges closer than this are read as one; Thanos' gap is 512 KiB. */
  readonly gapBytes: number;
  /** No range grows beyond this by coalescing. */
  readonly maxRangeBytes: number;
  /** How much to read for a chunk whose end nothing tells. */
  readonly estimateBytes: number;
  /** Sizes of the segment files where they are known. */
  readonly segmentSizes: readonly (number | undefined)[];
}

/** Segments are laid out this far apart, more than any offset and gap, so that one plan holds all of them. */
const SEGMENT_SPACE = 2 ** 34;

/**
 * Plans the reads for chunks given by reference. The index holds where a chunk begins, not where it ends; the next wanted chunk's
 * beginning bounds it when that is near, else an estimate does, and a chunk that proves longer is read again (rare).
 */
export function planChunkReads(
  segments: Uint32Array,
  offsets: Uint32Array,
  count: number,
  options: ChunkPlanOptions,
): ReadPlan<SegmentRange> {
  const order = orderOf(segments, offsets, count);
  const starts = new Float64Array(count);
  const ends = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const i = order === undefined ? k : order[k];
    const base = segments[i] * SEGMENT_SPACE;
    starts[k] = base + offsets[i];
    const size = options.segmentSizes[segments[i]] ?? Infinity;
    ends[k] = Math.max(starts[k], Math.min(starts[k] + options.estimateBytes, base + size));
    // Equal references (a chunk wanted twice) tell nothing of the end.
    for (let before = k - 1; before >= 0 && starts[before] < starts[k] && ends[before] > starts[k]; before--)
      ends[before] = starts[k];
  }
  const planned = planRanges(starts, ends, count, options.gapBytes, options.maxRangeBytes);
  const rangeOf = new Uint32Array(count);
  const ranges = planned.map(({ start, end, from, to }, r) => {
    for (let k = from; k < to; k++) rangeOf[order === undefined ? k : order[k]] = r;
    const segment = Math.floor(start / SEGMENT_SPACE);
    return { segment, start: start - segment * SEGMENT_SPACE, end: end - segment * SEGMENT_SPACE };
  });
  return { ranges, rangeOf };
}

/** Positions by (segment, offset); undefined when the chunks are in that order already, as they are in most blocks. */
function orderOf(segments: Uint32Array, offsets: Uint32Array, count: number): Uint32Array | undefined {
  let sorted = true;
  for (let i = 1; i < count && sorted; i++) {
    sorted = segments[i] > segments[i - 1] || (segments[i] === segments[i - 1] && offsets[i] >= offsets[i - 1]);
  }
  if (sorted) return undefined;
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  return order.sort((a, b) => segments[a] - segments[b] || offsets[a] - offsets[b]);
}
