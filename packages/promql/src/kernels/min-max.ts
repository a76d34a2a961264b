import type { FloatSamples, Grid, RowTarget } from './grid.ts';

/** Largest value of a window, the earliest of equals; NaN only if all are. */
export function maxWindow({ v }: FloatSamples, from: number, to: number): number {
  let max = v[from];
  for (let i = from + 1; i < to; i++) if (v[i] > max || max !== max) max = v[i];
  return max;
}

/** Smallest value of a window, the earliest of equals; NaN only if all are. */
export function minWindow({ v }: FloatSamples, from: number, to: number): number {
  let min = v[from];
  for (let i = from + 1; i < to; i++) if (v[i] < min || min !== min) min = v[i];
  return min;
}

/** `max_over_time` for all windows. */
export function maxOverTime(samples: FloatSamples, grid: Grid, target: RowTarget): void {
  const { t, v, n } = samples;
  const { values, present, base } = target;
  const queue = roomFor(n);
  let head = 0;
  let tail = 0;
  let from = 0;
  let to = 0;
  for (let i = 0; i < grid.steps; i++) {
    const end = grid.first + i * grid.stride;
    const start = end - grid.range;
    for (; to < n && t[to] <= end; to++) {
      const x = v[to];
      if (x !== x) continue;
      while (tail > head && v[queue[tail - 1]] < x) tail--;
      queue[tail++] = to;
    }
    while (from < n && t[from] <= start) from++;
    while (head < tail && queue[head] < from) head++;
    if (from >= to) continue;
    values[base + i] = head < tail ? v[queue[head]] : Number.NaN;
    present[base + i] = 1;
  }
}

/** `min_over_time` for all windows. */
export function minOverTime(samples: FloatSamples, grid: Grid, target: RowTarget): void {
  const { t, v, n } = samples;
  const { values, present, base } = target;
  const queue = roomFor(n);
  let head = 0;
  let tail = 0;
  let from = 0;
  let to = 0;
  for (let i = 0; i < grid.steps; i++) {
    const end = grid.first + i * grid.stride;
    const start = end - grid.range;
    for (; to < n && t[to] <= end; to++) {
      const x = v[to];
      if (x !== x) continue;
      while (tail > head && v[queue[tail - 1]] > x) tail--;
      queue[tail++] = to;
    }
    while (from < n && t[from] <= start) from++;
    while (head < tail && queue[head] < from) head++;
    if (from >= to) continue;
    values[base + i] = head < tail ? v[queue[head]] : Number.NaN;
    present[base + i] = 1;
  }
}

let scratch = new Int32Array(1024);

/** Indices of candidates, ascending; never more than there are samples. */
function roomFor(n: number): Int32Array {
  if (scratch.length < n) scratch = new Int32Array(n * 2);
  return scratch;
}
