import { eachWindow, type FloatSamples, type Grid, type RowTarget } from './grid.ts';

/** Windows with no more samples than this, about, are added up one by one: that is faster, and gives the same bits. */
const FEW = 32;
/** Unit roundoff of doubles. */
const U = 2 ** -53;
/** Beyond this, sums may overflow on the way: such series are summed window by window. */
const LARGE = 1e300;

/** Sum of a window as Prometheus adds it up: compensated, from zero. */
export function sumWindow({ v }: FloatSamples, from: number, to: number): number {
  let s = 0;
  let c = 0;
  for (let i = from; i < to; i++) {
    const x = v[i];
    const t = s + x;
    if (t === Infinity || t === -Infinity) c = 0;
    else if (Math.abs(s) >= Math.abs(x)) c += s - t + x;
    else c += x - t + s;
    s = t;
  }
  return s === Infinity || s === -Infinity ? s : s + c;
}

/** Mean of a window as Prometheus computes it: the sum by the count, or a running mean once the sum would overflow. */
export function avgWindow({ v }: FloatSamples, from: number, to: number): number {
  let s = v[from];
  let c = 0;
  for (let i = from + 1; i < to; i++) {
    const x = v[i];
    const t = s + x;
    if (t === Infinity || t === -Infinity) return runningMean(v, from, i, to, s, c);
    if (Math.abs(s) >= Math.abs(x)) c += s - t + x;
    else c += x - t + s;
    s = t;
  }
  const n = to - from;
  return s / n + c / n;
}

/** Continues a mean at sample `i`, where the plain sum of those before (`s`, `c`) would overflow. */
function runningMean(v: Float64Array, from: number, i: number, to: number, s: number, c: number): number {
  let mean = s / (i - from);
  let rest = c / (i - from);
  for (; i < to; i++) {
    const n = i - from + 1;
    const q = (n - 1) / n;
    const x = v[i] / n;
    const m = q * mean;
    rest *= q;
    const t = m + x;
    if (t === Infinity || t === -Infinity) rest = 0;
    else if (Math.abs(m) >= Math.abs(x)) rest += m - t + x;
    else rest += x - t + m;
    mean = t;
  }
  return mean + rest;
}

/** Largest magnitude of the samples; Infinity as soon as one is not finite or above what may be summed at will. */
function magnitude(v: Float64Array, n: number): number {
  let max = 0;
  for (let i = 0; i < n; i++) {
    const x = Math.abs(v[i]);
    if (!(x <= LARGE)) return Infinity;
    if (x > max) max = x;
  }
  return max;
}

/** `sum_over_time` for all windows. */
export function sumOverTime(samples: FloatSamples, grid: Grid, target: RowTarget): void {
  slide(samples, grid, target, false);
}

/** `avg_over_time` for all windows. */
export function avgOverTime(samples: FloatSamples, grid: Grid, target: RowTarget): void {
  slide(samples, grid, target, true);
}

let plain = new Float64Array(256);
let starts = new Int32Array(256);
let ends = new Int32Array(256);

/**
 * Slides a double-double sum over the windows. It is far more exact than the compensated sum of a window, whose error is
 * bounded; where that error could change the rounded result (next to never), the window is added up as Prometheus does.
 */
function slide(samples: FloatSamples, grid: Grid, target: RowTarget, mean: boolean): void {
  const { t, v, n } = samples;
  const max = magnitude(v, n);
  if (max === Infinity || grid.range <= 0 || (n - 1) * grid.range <= FEW * (t[n - 1] - t[0])) {
    eachWindow(samples, grid, target, 1, mean ? avgWindow : sumWindow);
    return;
  }
  if (mean) plainSums(samples, grid);
  const { values, present, base } = target;
  const { steps, first, stride, range } = grid;
  let from = 0;
  let to = 0;
  let hi = 0;
  let lo = 0;
  let moves = 0;
  for (let i = 0; i < steps; i++) {
    const end = first + i * stride;
    const start = end - range;
    if (from < to && t[to - 1] <= start) {
      // Nothing of the last window remains.
      from = to;
      hi = 0;
      lo = 0;
      moves = 0;
    }
    while (to < n && t[to] <= end) {
      if (t[to] <= start) {
        from = ++to;
        continue;
      }
      const x = v[to++];
      const s = hi + x;
      const b = s - hi;
      lo += hi - (s - b) + (x - b);
      hi = s + lo;
      lo -= hi - s;
      moves++;
    }
    while (from < to && t[from] <= start) {
      const x = -v[from++];
      const s = hi + x;
      const b = s - hi;
      lo += hi - (s - b) + (x - b);
      hi = s + lo;
      lo -= hi - s;
      moves++;
    }
    const count = to - from;
    if (count === 0) {
      hi = 0;
      lo = 0;
      moves = 0;
      continue;
    }
    const bound = (count * count + 8 * moves) * count * U * U * max;
    let result: number;
    if (mean) {
      const s = plain[i];
      const c = hi - s + lo;
      const whole = s / count;
      result = whole + c / count;
      if (result === 0 || whole + (c + bound) / count !== result || whole + (c - bound) / count !== result) {
        result = avgWindow(samples, from, to);
      }
    } else {
      result = hi + lo;
      const rest = lo - (result - hi);
      if (result === 0 || result + (rest + bound) !== result || result + (rest - bound) !== result) {
        result = sumWindow(samples, from, to);
      }
    }
    values[base + i] = result;
    present[base + i] = 1;
  }
}

/**
 * Leaves in `plain` the sum of every window in the order of its samples without compensation, on which the mean depends.
 * Four windows advance together, so that their additions overlap.
 */
function plainSums({ t, v, n }: FloatSamples, grid: Grid): void {
  const { steps } = grid;
  if (plain.length < steps) {
    plain = new Float64Array(steps);
    starts = new Int32Array(steps);
    ends = new Int32Array(steps);
  }
  let from = 0;
  let to = 0;
  for (let i = 0; i < steps; i++) {
    const end = grid.first + i * grid.stride;
    const start = end - grid.range;
    while (to < n && t[to] <= end) to++;
    while (from < to && t[from] <= start) from++;
    starts[i] = from;
    ends[i] = to;
  }
  let i = 0;
  for (; i + 4 <= steps; i += 4) sumFour(v, i);
  for (; i < steps; i++) plain[i] = sumRange(v, starts[i], ends[i], 0);
}

function sumRange(v: Float64Array, from: number, to: number, sum: number): number {
  for (let j = from; j < to; j++) sum += v[j];
  return sum;
}

function sumFour(v: Float64Array, i: number): void {
  const common = starts[i + 3];
  const until = ends[i];
  if (common >= until) {
    for (let k = i; k < i + 4; k++) plain[k] = sumRange(v, starts[k], ends[k], 0);
    return;
  }
  let a = sumRange(v, starts[i], common, 0);
  let b = sumRange(v, starts[i + 1], common, 0);
  let c = sumRange(v, starts[i + 2], common, 0);
  let d = 0;
  for (let j = common; j < until; j++) {
    const x = v[j];
    a += x;
    b += x;
    c += x;
    d += x;
  }
  plain[i] = a;
  plain[i + 1] = sumRange(v, until, ends[i + 1], b);
  plain[i + 2] = sumRange(v, until, ends[i + 2], c);
  plain[i + 3] = sumRange(v, until, ends[i + 3], d);
}
