/** A range of one segment file to read: `[start, end)`. */
export interface SegmentRange {
  /** 0-based segment number, as in the upper half of a chunk reference. */
  readonly segment: number;
  readonly start: number;
  end: number;
}

/** Which ranges to read, and in which of them each chunk begins. */
export interface ChunkPlan {
  readonly ranges: readonly SegmentRange[];
  /** By chunk, in the order they were given. */
  readonly rangeOf: Uint32Array;
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

/**
 * Plans the reads for chunks given by reference. The index holds where a chunk begins, not where it ends; the next wanted chunk's
 * beginning bounds it when that is near, else an estimate does, and a chunk that proves longer is read again (rare).
 */
export function planChunkReads(
  segments: Uint32Array,
  offsets: Uint32Array,
  count: number,
  options: ChunkPlanOptions,
): ChunkPlan {
  const order = orderOf(segments, offsets, count);
  const rangeOf = new Uint32Array(count);
  const ranges: SegmentRange[] = [];
  let current: SegmentRange | undefined;
  for (let k = 0; k < count; k++) {
    const i = order === undefined ? k : order[k];
    const segment = segments[i];
    const start = offsets[i];
    const end = endOf(k, i, order, segments, offsets, count, options);
    if (
      current !== undefined &&
      current.segment === segment &&
      start - current.end <= options.gapBytes &&
      end - current.start <= options.maxRangeBytes
    ) {
      if (end > current.end) current.end = end;
    } else {
      current = { segment, start, end };
      ranges.push(current);
    }
    rangeOf[i] = ranges.length - 1;
  }
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

function endOf(
  k: number,
  i: number,
  order: Uint32Array | undefined,
  segments: Uint32Array,
  offsets: Uint32Array,
  count: number,
  options: ChunkPlanOptions,
): number {
  const start = offsets[i];
  let end = start + options.estimateBytes;
  // Equal references (a chunk wanted twice) tell nothing of the end.
  for (let next = k + 1; next < count; next++) {
    const j = order === undefined ? next : order[next];
    if (segments[j] !== segments[i]) break;
    if (offsets[j] === start) continue;
    if (offsets[j] < end) end = offsets[j];
    break;
  }
  const size = options.segmentSizes[segments[i]];
  return size === undefined ? end : Math.min(end, Math.max(size, start));
}
