import type { FloatSamples, Grid, RowTarget } from './grid.ts';
import { CompensatedSum } from './compensated.ts';
import { quantileOfSorted, sortNanFirst } from './quantile.ts';

/** `count_over_time` for all windows. */
export function countOverTime({ t, n }: FloatSamples, grid: Grid, { values, present, base }: RowTarget): void {
  let from = 0;
  let to = 0;
  for (let i = 0; i < grid.steps; i++) {
    const end = grid.first + i * grid.stride;
    const start = end - grid.range;
    while (to < n && t[to] <= end) to++;
    while (from < n && t[from] <= start) from++;
    if (to <= from) continue;
    values[base + i] = to - from;
    present[base + i] = 1;
  }
}

let marks = new Int32Array(1024);

/** Counts, for all windows, the neighbours inside for which `differ` holds: a running count needs no second look. */
function countPairs({ t, v, n }: FloatSamples, grid: Grid, { values, present, base }: RowTarget, resets: boolean): void {
  if (marks.length < n) marks = new Int32Array(n * 2);
  let count = 0;
  for (let i = 0; i < n; i++) {
    if (i > 0) {
      const a = v[i - 1];
      const b = v[i];
      if (resets ? b < a : b !== a && !(b !== b && a !== a)) count++;
    }
    marks[i] = count;
  }
  let from = 0;
  let to = 0;
  for (let i = 0; i < grid.steps; i++) {
    const end = grid.first + i * grid.stride;
    const start = end - grid.range;
    while (to < n && t[to] <= end) to++;
    while (from < n && t[from] <= start) from++;
    if (to <= from) continue;
    values[base + i] = marks[to - 1] - marks[from];
    present[base + i] = 1;
  }
}

/** `changes` for all windows. */
export function changesOverTime(samples: FloatSamples, grid: Grid, target: RowTarget): void {
  countPairs(samples, grid, target, false);
}

/** `resets` for all windows. */
export function resetsOverTime(samples: FloatSamples, grid: Grid, target: RowTarget): void {
  countPairs(samples, grid, target, true);
}

const mean = new CompensatedSum();
const squares = new CompensatedSum();

/** Population variance of a window by Welford's method with compensated mean and squares. */
export function varianceWindow({ v }: FloatSamples, from: number, to: number): number {
  mean.set(0, 0);
  squares.set(0, 0);
  let count = 0;
  for (let i = from; i < to; i++) {
    count++;
    const delta = v[i] - (mean.value + mean.rest);
    mean.add(delta / count);
    squares.add(delta * (v[i] - (mean.value + mean.rest)));
  }
  return (squares.value + squares.rest) / count;
}

/** Median of the distances to the median; NaN as soon as one value is. */
export function madWindow({ v }: FloatSamples, from: number, to: number): number {
  const values = v.slice(from, to);
  for (const x of values) if (x !== x) return Number.NaN;
  const median = quantileOfSorted(0.5, sortNanFirst(values), values.length);
  for (let i = 0; i < values.length; i++) values[i] = Math.abs(values[i] - median);
  return quantileOfSorted(0.5, sortNanFirst(values), values.length);
}

/** Index of the last largest (`sign` 1) or smallest (-1) sample of a window. */
export function lastExtremum({ v }: FloatSamples, from: number, to: number, sign: number): number {
  let best = from;
  for (let i = from + 1; i < to; i++) {
    if (sign > 0 ? v[i] >= v[best] : v[i] <= v[best]) best = i;
    else if (v[best] !== v[best]) best = i;
  }
  return best;
}
