// Sliding kernels beside their naive twins, in one process: `node kernels.bench.ts`. The ratio is what counts.
import {
  eachWindow,
  type FloatSamples,
  type Grid,
  type RowTarget,
  type SlidingKernel,
  type WindowFunction,
} from './grid.ts';
import { maxOverTime, maxWindow } from './min-max.ts';
import { quantileOverTime, quantileWindow } from './quantile.ts';
import { rateWindow, slidingRate } from './rate.ts';
import { varianceOverTime, varianceWindow } from './simple-windows.ts';
import { avgOverTime, avgWindow, sumOverTime, sumWindow } from './sum-avg.ts';

/** A day at 15 s with a reset now and then, and a gauge with two decimals. */
const SAMPLES = 5760;
const STEPS = 1440;
const ROUNDS = 15;

function samples(counter: boolean): FloatSamples {
  const t = new Float64Array(SAMPLES);
  const v = new Float64Array(SAMPLES);
  let value = 0;
  for (let i = 0; i < SAMPLES; i++) {
    t[i] = i * 15_000 + (i % 5 === 0 ? (i % 13) - 6 : 0);
    value = i % 997 === 996 ? 0 : value + ((i * 7919) % 20);
    v[i] = counter ? value : Math.round(Math.sin(i / 100) * 10_000 + ((i * 7919) % 100)) / 100;
  }
  return { t, v, n: SAMPLES };
}

function median(run: () => void): number {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    for (let k = 0; k < 10; k++) run();
    times.push((performance.now() - start) / 10);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1];
}

function compare(
  name: string,
  input: FloatSamples,
  sliding: SlidingKernel,
  naive: (grid: Grid) => WindowFunction,
  least = 1,
): void {
  for (const [label, range] of [
    ['5m', 300_000],
    ['1h', 3_600_000],
  ] as const) {
    const grid: Grid = { steps: STEPS, first: 0, stride: 60_000, range };
    const target: RowTarget = { values: new Float64Array(STEPS), present: new Uint8Array(STEPS), base: 0 };
    const slow = median(() => eachWindow(input, grid, target, least, naive(grid)));
    const fast = median(() => sliding(input, grid, target));
    const ns = (ms: number): string => ((ms * 1e6) / STEPS).toFixed(0).padStart(6);
    process.stdout.write(
      `${name.padEnd(9)}[${label}] sliding ${ns(fast)} ns/point, naive ${ns(slow)}, ratio ${(slow / fast).toFixed(1)}\n`,
    );
  }
}

const counter = samples(true);
const gauge = samples(false);
const kind = { counter: true, perSecond: true };
compare(
  'rate',
  counter,
  (s, grid, target) => slidingRate(s, grid, target, kind),
  (grid) => (s, from, to) => rateWindow(s, from, to, s.t[to - 1], grid.range, kind),
  2,
);
compare('sum', gauge, sumOverTime, () => sumWindow);
compare('avg', gauge, avgOverTime, () => avgWindow);
compare('max', gauge, maxOverTime, () => maxWindow);
compare('stdvar', gauge, varianceOverTime, () => varianceWindow);
const phis = new Float64Array(STEPS).fill(0.9);
compare(
  'quantile',
  gauge,
  (s, grid, target) => quantileOverTime(phis, s, grid, target),
  () => (s, from, to) => quantileWindow(0.9, s, from, to),
);
