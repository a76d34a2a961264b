import { goSort } from '../kernels/go-sort.ts';

/** Classic buckets of one step, filled again and again: upper bounds and cumulative counts. */
export class ClassicBuckets {
  bounds: number[] = [];
  counts: number[] = [];
  /** What making the counts monotonic did: whether it did, over which bounds and by how much at most. */
  forced = false;
  forcedLow = 0;
  forcedHigh = 0;
  forcedBy = 0;

  clear(): void {
    this.bounds.length = 0;
    this.counts.length = 0;
    this.forced = false;
  }

  add(bound: number, count: number): void {
    this.bounds.push(bound);
    this.counts.push(count);
  }

  /** Sorts by bound and joins equal bounds; false when the last one is not +Inf. */
  prepare(): boolean {
    const { bounds, counts } = this;
    const order = bounds.map((_, i) => i);
    // Go's sort: the order of equal bounds is that in which their counts are added.
    goSort(order, (a, b) => compareBounds(bounds[a], bounds[b]) < 0);
    const sortedBounds = order.map((i) => bounds[i]);
    const sortedCounts = order.map((i) => counts[i]);
    if (sortedBounds[sortedBounds.length - 1] !== Infinity) return false;
    let last = 0;
    for (let i = 1; i < sortedBounds.length; i++) {
      if (sortedBounds[i] === sortedBounds[last]) sortedCounts[last] += sortedCounts[i];
      else {
        last++;
        sortedBounds[last] = sortedBounds[i];
        sortedCounts[last] = sortedCounts[i];
      }
    }
    this.bounds = sortedBounds.slice(0, last + 1);
    this.counts = sortedCounts.slice(0, last + 1);
    return true;
  }

  #makeMonotonic(): void {
    const { bounds, counts } = this;
    let before = counts[0];
    this.forcedLow = Infinity;
    this.forcedHigh = -Infinity;
    this.forcedBy = 0;
    for (let i = 1; i < counts.length; i++) {
      const now = counts[i];
      if (now === before) continue;
      if (almostEqual(before, now)) {
        counts[i] = before;
        continue;
      }
      if (now < before) {
        counts[i] = before;
        this.forced = true;
        this.forcedLow = Math.min(this.forcedLow, bounds[i]);
        this.forcedHigh = Math.max(this.forcedHigh, bounds[i]);
        this.forcedBy = Math.max(this.forcedBy, before - now);
        continue;
      }
      before = now;
    }
  }

  /** The φ-quantile; sets `forced…`. */
  quantile(phi: number): number {
    if (phi !== phi) return Number.NaN;
    if (phi < 0) return -Infinity;
    if (phi > 1) return Infinity;
    if (!this.prepare()) return Number.NaN;
    this.#makeMonotonic();
    const { bounds, counts } = this;
    const n = bounds.length;
    if (n < 2) return Number.NaN;
    const total = counts[n - 1];
    if (total === 0) return Number.NaN;
    let rank = phi * total;
    // A binary search as Go does it: with NaN among the counts the outcome depends on the way.
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (counts[middle] >= rank) high = middle;
      else low = middle + 1;
    }
    if (low === n - 1) return bounds[n - 2];
    if (low === 0 && bounds[0] <= 0) return bounds[0];
    let start = 0;
    let count = counts[low];
    if (low > 0) {
      start = bounds[low - 1];
      count -= counts[low - 1];
      rank -= counts[low - 1];
    }
    return start + (bounds[low] - start) * (rank / count);
  }

  /** The share of observations between two values. */
  fraction(lower: number, upper: number): number {
    if (!this.prepare()) return Number.NaN;
    const { counts } = this;
    const total = counts[counts.length - 1];
    if (total === 0 || lower !== lower || upper !== upper) return Number.NaN;
    if (lower >= upper) return 0;
    return (this.#rankAt(upper, total) - this.#rankAt(lower, total)) / total;
  }

  #rankAt(value: number, total: number): number {
    const { bounds, counts } = this;
    let rank = 0;
    for (let i = 0; i < bounds.length; i++) {
      const end = bounds[i];
      const start = i > 0 ? bounds[i - 1] : end > 0 ? 0 : -Infinity;
      if (start >= value) return Math.min(rank, total);
      if (end > value) {
        const at = start === -Infinity ? counts[i] : rank + ((counts[i] - rank) * (value - start)) / (end - start);
        return at > total ? total : at;
      }
      rank = counts[i];
    }
    return total;
  }
}

/** Ascending with NaN first, as Go's cmp.Compare. */
function compareBounds(a: number, b: number): number {
  if (a !== a || b !== b) return Number(b !== b) - Number(a !== a);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether counts differ by no more than rounding can explain. */
function almostEqual(a: number, b: number): boolean {
  if (a !== a && b !== b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < 2 ** -1022) return difference < 1e-12 * 2 ** -1022;
  return difference / Math.min(sum, Number.MAX_VALUE) < 1e-12;
}
