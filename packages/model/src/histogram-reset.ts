import { sameBounds, usesCustomBuckets } from './histogram-bounds.ts';
import type { FloatHistogram } from './histogram.ts';
import { firstAbove, negativeSide, positiveSide, reduceSide, type SparseSide } from './histogram-sparse.ts';
import { openHistogram, widenZero } from './histogram-zero.ts';

/** Whether a counter was reset between `previous` and `current`: by hint, else by what must not shrink. The sum does not count. */
export function detectReset(current: FloatHistogram, previous: FloatHistogram): boolean {
  if (current.counterResetHint === 'reset') return true;
  if (current.counterResetHint === 'not_reset') return false;
  if (current.count < previous.count) return true;
  if (usesCustomBuckets(current)) {
    if (!usesCustomBuckets(previous)) return true;
    if (!sameBounds(current.customValues, previous.customValues)) return rolledUpReset(current, previous);
    return sideReset(positiveSide(current), positiveSide(previous));
  }
  if (current.schema > previous.schema || current.zeroThreshold < previous.zeroThreshold) return true;
  const { schema, zeroThreshold } = current;
  const zero = widenZero(openHistogram(previous), zeroThreshold);
  if (zero.threshold !== zeroThreshold || current.zeroCount < zero.count) return true;
  const reset = (now: SparseSide, before: SparseSide): boolean =>
    sideReset(
      beyond(now, schema, zeroThreshold),
      beyond(reduceSide(before, previous.schema, schema), schema, zeroThreshold),
    );
  return reset(positiveSide(current), positiveSide(previous)) || reset(negativeSide(current), negativeSide(previous));
}

function beyond(side: SparseSide, schema: number, threshold: number): SparseSide {
  const from = firstAbove(side, schema, threshold);
  return from === 0 ? side : { index: side.index.subarray(from), count: side.count.subarray(from), rest: undefined };
}

/**
 * A bucket shrank, or a populated one is gone. As in Prometheus, where the buckets of now end early only the first one after them
 * counts: an empty one hides those that follow.
 */
function sideReset(now: SparseSide, before: SparseSide): boolean {
  let i = 0;
  for (let j = 0; j < before.count.length; j++) {
    while (i < now.count.length && now.index[i] < before.index[j]) i++;
    if (i === now.count.length) return before.count[j] !== 0;
    if (now.index[i] === before.index[j] ? now.count[i] < before.count[j] : before.count[j] !== 0) return true;
  }
  return false;
}

/** The same between the bounds that both have. */
function rolledUpReset(current: FloatHistogram, previous: FloatHistogram): boolean {
  const now = new RollUp(current);
  const before = new RollUp(previous);
  const a = current.customValues ?? new Float64Array(0);
  const b = previous.customValues ?? new Float64Array(0);
  for (let i = 0, j = 0; i <= a.length && j <= b.length;) {
    const x = i < a.length ? a[i] : Infinity;
    const y = j < b.length ? b[j] : Infinity;
    if (x < y) i++;
    else if (y < x) j++;
    else {
      if (now.upTo(x) < before.upTo(x)) return true;
      i++;
      j++;
    }
  }
  return false;
}

/** Sums of buckets between bounds, front to back. */
class RollUp {
  readonly #side: SparseSide;
  readonly #bounds: Float64Array;
  #at = 0;

  constructor(h: FloatHistogram) {
    this.#side = positiveSide(h);
    this.#bounds = h.customValues ?? new Float64Array(0);
  }

  /** Counts of the buckets after the bound before, up to this one. */
  upTo(bound: number): number {
    const { index, count } = this.#side;
    let sum = 0;
    for (; this.#at < count.length; this.#at++) {
      const own = index[this.#at] < this.#bounds.length ? this.#bounds[index[this.#at]] : Infinity;
      if (own > bound) break;
      sum += count[this.#at];
    }
    return sum;
  }
}
