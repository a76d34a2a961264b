const HOUR_MS = 3_600_000;

/** A block to write: `[fromMs, toMs)` of an aligned range, and the compaction level of such blocks. */
export interface PlannedBlock {
  readonly fromMs: number;
  readonly toMs: number;
  readonly level: number;
}

/** Ranges and levels as a compactor leaves them: the older, the larger. */
const RANGES = [
  { ms: 48 * HOUR_MS, level: 3, olderThanMs: 48 * HOUR_MS },
  { ms: 8 * HOUR_MS, level: 2, olderThanMs: 10 * HOUR_MS },
  { ms: 2 * HOUR_MS, level: 1, olderThanMs: -Infinity },
] as const;

/**
 * Aligned blocks without gaps from `startMs` to `endMs` (excluded), oldest first; the first and the last are cut to that. The last two hours are a
 * block too, so that the data reaches to the end.
 */
export function planBlocks(startMs: number, endMs: number): PlannedBlock[] {
  const blocks: PlannedBlock[] = [];
  for (let at = startMs; at < endMs;) {
    for (const { ms, level, olderThanMs } of RANGES) {
      const begin = Math.floor(at / ms) * ms;
      const end = begin + ms;
      // A larger range is used from its own beginning on, or where the data begins.
      if (end > endMs - olderThanMs || (begin !== at && at !== startMs)) continue;
      blocks.push({ fromMs: at, toMs: Math.min(end, endMs), level });
      at = end;
      break;
    }
  }
  return blocks;
}
