import { CompensatedSum } from './compensated.ts';
import { eachWindow, type FloatSamples, type Grid, type RowTarget } from './grid.ts';
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
function countPairs(
  { t, v, n }: FloatSamples,
  grid: Grid,
  { values, present, base }: RowTarget,
  resets: boolean,
): void {
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

/** Above this, squares may overflow on the way: such series are computed window by window. */
const LARGE = 1e140;

let starts = new Int32Array(256);
let ends = new Int32Array(256);

/** Population variances of all windows; four windows advance together, so that their long chains of operations overlap. */
export function varianceOverTime(samples: FloatSamples, grid: Grid, target: RowTarget): void {
  const { t, v, n } = samples;
  for (let i = 0; i < n; i++) {
    if (!(Math.abs(v[i]) < LARGE)) {
      eachWindow(samples, grid, target, 1, varianceWindow);
      return;
    }
  }
  const { steps, first, stride, range } = grid;
  if (starts.length < steps) {
    starts = new Int32Array(steps);
    ends = new Int32Array(steps);
  }
  let from = 0;
  let to = 0;
  for (let i = 0; i < steps; i++) {
    const end = first + i * stride;
    while (to < n && t[to] <= end) to++;
    while (from < to && t[from] <= end - range) from++;
    starts[i] = from;
    ends[i] = to;
  }
  const { values, present, base } = target;
  for (let i = 0; i < steps; i += 4) {
    if (i + 4 <= steps) varianceFour(v, i, values, base);
    else
      for (let k = i; k < steps; k++)
        if (ends[k] > starts[k]) values[base + k] = varianceWindow(samples, starts[k], ends[k]);
    let looked = 0;
    for (let k = i; k < Math.min(steps, i + 4); k++) {
      present[base + k] = ends[k] > starts[k] ? 1 : 0;
      looked += ends[k] - starts[k];
    }
    grid.worked?.(looked);
  }
}

/** State of four windows: mean, what it lost, squares, what they lost. */
const state = new Float64Array(16);

function varianceFour(v: Float64Array, i: number, values: Float64Array, base: number): void {
  state.fill(0);
  let shortest = Infinity;
  for (let k = i; k < i + 4; k++) shortest = Math.min(shortest, ends[k] - starts[k]);
  lockstep(v, starts[i], starts[i + 1], starts[i + 2], starts[i + 3], shortest);
  for (let k = 0; k < 4; k++) {
    const count = ends[i + k] - starts[i + k];
    if (count === 0) continue;
    finish(v, starts[i + k] + shortest, ends[i + k], shortest, k);
    values[base + i + k] = (state[8 + k] + state[12 + k]) / count;
  }
}

/** Advances four windows by their first `length` samples. The error of a sum comes by Knuth's way, which has no branch. */
function lockstep(v: Float64Array, s0: number, s1: number, s2: number, s3: number, length: number): void {
  let m0 = 0,
    m1 = 0,
    m2 = 0,
    m3 = 0;
  let c0 = 0,
    c1 = 0,
    c2 = 0,
    c3 = 0;
  let q0 = 0,
    q1 = 0,
    q2 = 0,
    q3 = 0;
  let r0 = 0,
    r1 = 0,
    r2 = 0,
    r3 = 0;
  for (let k = 0; k < length; k++) {
    const n = k + 1;
    const x0 = v[s0 + k],
      x1 = v[s1 + k],
      x2 = v[s2 + k],
      x3 = v[s3 + k];
    const d0 = x0 - (m0 + c0),
      d1 = x1 - (m1 + c1),
      d2 = x2 - (m2 + c2),
      d3 = x3 - (m3 + c3);
    const a0 = d0 / n,
      a1 = d1 / n,
      a2 = d2 / n,
      a3 = d3 / n;
    let t0 = m0 + a0,
      t1 = m1 + a1,
      t2 = m2 + a2,
      t3 = m3 + a3;
    let b0 = t0 - m0,
      b1 = t1 - m1,
      b2 = t2 - m2,
      b3 = t3 - m3;
    c0 += m0 - (t0 - b0) + (a0 - b0);
    c1 += m1 - (t1 - b1) + (a1 - b1);
    c2 += m2 - (t2 - b2) + (a2 - b2);
    c3 += m3 - (t3 - b3) + (a3 - b3);
    m0 = t0;
    m1 = t1;
    m2 = t2;
    m3 = t3;
    const e0 = d0 * (x0 - (m0 + c0)),
      e1 = d1 * (x1 - (m1 + c1)),
      e2 = d2 * (x2 - (m2 + c2)),
      e3 = d3 * (x3 - (m3 + c3));
    t0 = q0 + e0;
    t1 = q1 + e1;
    t2 = q2 + e2;
    t3 = q3 + e3;
    b0 = t0 - q0;
    b1 = t1 - q1;
    b2 = t2 - q2;
    b3 = t3 - q3;
    r0 += q0 - (t0 - b0) + (e0 - b0);
    r1 += q1 - (t1 - b1) + (e1 - b1);
    r2 += q2 - (t2 - b2) + (e2 - b2);
    r3 += q3 - (t3 - b3) + (e3 - b3);
    q0 = t0;
    q1 = t1;
    q2 = t2;
    q3 = t3;
  }
  state.set([m0, m1, m2, m3, c0, c1, c2, c3, q0, q1, q2, q3, r0, r1, r2, r3]);
}

/** Advances one of the four windows by its remaining samples. */
function finish(v: Float64Array, from: number, to: number, done: number, k: number): void {
  mean.set(state[k], state[4 + k]);
  squares.set(state[8 + k], state[12 + k]);
  let count = done;
  for (let i = from; i < to; i++) {
    count++;
    const delta = v[i] - (mean.value + mean.rest);
    mean.add(delta / count);
    squares.add(delta * (v[i] - (mean.value + mean.rest)));
  }
  state[8 + k] = squares.value;
  state[12 + k] = squares.rest;
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
