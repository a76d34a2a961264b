/** A range of an object that is fetched in one go: it covers the wanted ranges [from, to) of the sorted list. */
export interface PlannedRange {
  /** First byte. */
  start: number;
  /** Behind the last byte. */
  end: number;
  from: number;
  to: number;
}

/** Gap that is cheaper to read than a further request (Thanos' store gateway). */
export const DEFAULT_GAP_BYTES = 512 * 1024;

/**
 * Groups wanted ranges so that few requests fetch them: neighbours join when the next starts at most `gapBytes` behind the end so far.
 * `starts` ascends and range i is [starts[i], ends[i]). A group stops growing where it would pass `maxBytes`, except that a single range is never cut.
 * The rule is that of Thanos' gap-based partitioner, which knows no maximum.
 */
export function planRanges(
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
  count = starts.length,
  gapBytes = DEFAULT_GAP_BYTES,
  maxBytes = Number.POSITIVE_INFINITY,
): PlannedRange[] {
  const plan: PlannedRange[] = [];
  let at: PlannedRange | undefined;
  for (let i = 0; i < count; i++) {
    const start = starts[i];
    const end = ends[i];
    if (at !== undefined && start <= at.end + gapBytes && Math.max(at.end, end) - at.start <= maxBytes) {
      if (end > at.end) at.end = end;
      at.to = i + 1;
      continue;
    }
    at = { start, end, from: i, to: i + 1 };
    plan.push(at);
  }
  return plan;
}
