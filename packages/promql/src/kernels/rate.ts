import type { FloatSamples, Grid, RowTarget } from './grid.ts';

/** What one of rate, increase and delta does with the difference. */
export interface RateKind {
  /** Falls of the value are resets to zero. */
  readonly counter: boolean;
  /** Divides by the range. */
  readonly perSecond: boolean;
}

/** A range in seconds as Go converts a duration: whole seconds and the rest apart. */
export function rangeSeconds(rangeMs: number): number {
  const rest = rangeMs % 1000;
  return (rangeMs - rest) / 1000 + (rest * 1e6) / 1e9;
}

/**
 * How far a difference between the first and the last sample of a window is stretched to cover the window. `zeroAfter` is
 * the time in seconds after which a counter going down at the same speed reaches zero, Infinity when that does not matter.
 */
export function extrapolation(
  toStart: number,
  toEnd: number,
  sampled: number,
  gaps: number,
  zeroAfter: number,
): number {
  const average = sampled / gaps;
  const threshold = average * 1.1;
  let head = toStart;
  let tail = toEnd;
  if (head >= threshold) head = average / 2;
  if (zeroAfter < head) head = zeroAfter;
  if (tail >= threshold) tail = average / 2;
  return (sampled + head + tail) / sampled;
}

/** One window of rate, increase or delta; `from` to `to` hold at least two samples. */
export function rateWindow(
  { t, v }: FloatSamples,
  from: number,
  to: number,
  end: number,
  range: number,
  kind: RateKind,
): number {
  const first = v[from];
  const last = to - 1;
  let d = v[last] - first;
  if (kind.counter) for (let i = from + 1; i < to; i++) if (v[i] < v[i - 1]) d += v[i - 1];
  const sampled = (t[last] - t[from]) / 1000;
  const zeroAfter = kind.counter && d > 0 && first >= 0 ? sampled * (first / d) : Infinity;
  let factor = extrapolation((t[from] - (end - range)) / 1000, (end - t[last]) / 1000, sampled, last - from, zeroAfter);
  if (kind.perSecond) factor /= rangeSeconds(range);
  return d * factor;
}

let resets = new Int32Array(256);

/** rate, increase or delta for all windows: only the resets inside a window are visited, in their order. */
export function slidingRate(samples: FloatSamples, grid: Grid, target: RowTarget, kind: RateKind): void {
  const { t, v, n } = samples;
  const { values, present, base } = target;
  const { steps, first: firstEnd, stride, range } = grid;
  const seconds = rangeSeconds(range);
  const { counter, perSecond } = kind;
  const found = counter ? findResets(v, n) : 0;
  let firstReset = 0;
  let from = 0;
  let to = 0;
  for (let i = 0; i < steps; i++) {
    const end = firstEnd + i * stride;
    const start = end - range;
    while (to < n && t[to] <= end) to++;
    while (from < n && t[from] <= start) from++;
    if (to - from < 2) continue;
    const last = to - 1;
    const first = v[from];
    const firstT = t[from];
    const lastT = t[last];
    let d = v[last] - first;
    const sampled = (lastT - firstT) / 1000;
    const average = sampled / (last - from);
    const threshold = average * 1.1;
    let head = (firstT - start) / 1000;
    let tail = (end - lastT) / 1000;
    if (head >= threshold) head = average / 2;
    if (counter) {
      while (firstReset < found && resets[firstReset] <= from) firstReset++;
      for (let r = firstReset; r < found && resets[r] < to; r++) d += v[resets[r] - 1];
      if (d > 0 && first >= 0) {
        const zeroAfter = sampled * (first / d);
        if (zeroAfter < head) head = zeroAfter;
      }
    }
    if (tail >= threshold) tail = average / 2;
    let factor = (sampled + head + tail) / sampled;
    if (perSecond) factor /= seconds;
    values[base + i] = d * factor;
    present[base + i] = 1;
  }
}

/** Leaves in `resets` the indices of samples below the one before; how many there are. */
function findResets(v: Float64Array, n: number): number {
  let found = 0;
  for (let i = 1; i < n; i++) {
    if (v[i] < v[i - 1]) {
      if (found === resets.length) {
        const larger = new Int32Array(found * 2);
        larger.set(resets);
        resets = larger;
      }
      resets[found++] = i;
    }
  }
  return found;
}
