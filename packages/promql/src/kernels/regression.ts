import { CompensatedSum } from './compensated.ts';
import type { FloatSamples } from './grid.ts';

/** A line through samples: value at the reference time and change a second. */
export interface Line {
  slope: number;
  intercept: number;
}

const sums = [new CompensatedSum(), new CompensatedSum(), new CompensatedSum(), new CompensatedSum()];
const line: Line = { slope: 0, intercept: 0 };

/** Least squares over a window, x in seconds since `origin` (ms). The object returned is reused by the next call. */
export function regression({ t, v }: FloatSamples, from: number, to: number, origin: number): Line {
  const [x1, y1, xy, xx] = sums;
  for (const sum of sums) sum.set(0, 0);
  const first = v[from];
  let constant = true;
  for (let i = from; i < to; i++) {
    if (constant && i > from && v[i] !== first) constant = false;
    const x = (t[i] - origin) / 1e3;
    x1.add(x);
    y1.add(v[i]);
    xy.add(x * v[i]);
    xx.add(x * x);
  }
  if (constant) {
    const infinite = first === Infinity || first === -Infinity;
    line.slope = infinite ? Number.NaN : 0;
    line.intercept = infinite ? Number.NaN : first;
    return line;
  }
  const n = to - from;
  const sumX = x1.value + x1.rest;
  const sumY = y1.value + y1.rest;
  const covariance = xy.value + xy.rest - (sumX * sumY) / n;
  const variance = xx.value + xx.rest - (sumX * sumX) / n;
  line.slope = covariance / variance;
  line.intercept = sumY / n - (line.slope * sumX) / n;
  return line;
}

/** Double exponential smoothing of a window with at least two samples. */
export function smoothWindow({ v }: FloatSamples, from: number, to: number, level: number, trend: number): number {
  let s0 = 0;
  let s1 = v[from];
  let b = v[from + 1] - v[from];
  for (let i = 1; i < to - from; i++) {
    const x = level * v[from + i];
    if (i > 1) b = trend * (s1 - s0) + (1 - trend) * b;
    const y = (1 - level) * (s1 + b);
    s0 = s1;
    s1 = x + y;
  }
  return s1;
}
