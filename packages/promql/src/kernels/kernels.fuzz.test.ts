import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eachWindow, type FloatSamples, type Grid, type SlidingKernel, type WindowFunction } from './grid.ts';
import { maxOverTime, maxWindow, minOverTime, minWindow } from './min-max.ts';
import { quantileOverTime, quantileWindow } from './quantile.ts';
import { rateWindow, slidingRate, type RateKind } from './rate.ts';
import { changesOverTime, countOverTime, resetsOverTime, varianceOverTime, varianceWindow } from './simple-windows.ts';
import { avgOverTime, avgWindow, sumOverTime, sumWindow } from './sum-avg.ts';

const RUNS = Math.max(60, Math.round(2000 * Number(process.env.TSANOS_SOAK ?? 0.1)));
const SEED = Number(process.env.TSANOS_SEED ?? Date.now() % 2 ** 31);

/** Values as they occur: counters with resets, decimals, whole numbers, all magnitudes, specials. */
const value: Record<string, fc.Arbitrary<number>> = {
  whole: fc.integer({ min: -1000, max: 100_000 }),
  decimals: fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => n / 1000),
  any: fc.double({ noNaN: true, noDefaultInfinity: true }),
  specials: fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, 1e308, -1e308, 1e17, -1e17, 5e-324),
    },
  ),
  counter: fc.nat({ max: 50 }),
};

interface Case {
  readonly samples: FloatSamples;
  readonly grid: Grid;
}

function build(kind: string, deltas: readonly number[], numbers: readonly number[], shape: readonly number[]): Case {
  const n = Math.min(deltas.length, numbers.length);
  const t = new Float64Array(n);
  const v = new Float64Array(n);
  let time = 0;
  let count = 0;
  for (let i = 0; i < n; i++) {
    time += deltas[i];
    // Every fifth step of a counter or so begins anew.
    count = numbers[i] === 7 ? 0 : count + numbers[i];
    t[i] = time;
    v[i] = kind === 'counter' ? count : numbers[i];
  }
  const [range, stride, first, steps] = shape;
  return { samples: { t, v, n }, grid: { range, stride, first, steps } };
}

const cases = fc.constantFrom(...Object.keys(value)).chain((kind) =>
  fc
    .tuple(
      // Mostly regular, with gaps.
      fc.array(
        fc.oneof(
          { weight: 9, arbitrary: fc.integer({ min: 14_990, max: 15_010 }) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 600_000 }) },
        ),
        { maxLength: 150, size: 'max' },
      ),
      fc.array(value[kind], { maxLength: 150, size: 'max' }),
      fc.tuple(
        fc.integer({ min: 1, max: 900_000 }),
        fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 120_000 })),
        fc.integer({ min: -100_000, max: 900_000 }),
        fc.integer({ min: 1, max: 60 }),
      ),
    )
    .map(([deltas, numbers, shape]) => build(kind, deltas, numbers, shape)),
);

function run(kernel: SlidingKernel, { samples, grid }: Case): { values: Float64Array; present: Uint8Array } {
  // Kernels write at an offset and leave the rest alone.
  const values = new Float64Array(grid.steps + 3).fill(-12345);
  const present = new Uint8Array(grid.steps + 3);
  kernel(samples, grid, { values, present, base: 2 });
  return { values, present };
}

function sameBits(sliding: SlidingKernel, naive: SlidingKernel): void {
  fc.assert(
    fc.property(cases, (one) => {
      const want = run(naive, one);
      const got = run(sliding, one);
      expect(got.present).toEqual(want.present);
      for (let i = 0; i < want.values.length; i++) {
        if (!Object.is(got.values[i], want.values[i]))
          throw new Error(`step ${i - 2}: ${got.values[i]} instead of ${want.values[i]}`);
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
}

/** The naive kernel of a function of one window. */
function each(window: WindowFunction): SlidingKernel {
  return (samples, grid, target) => eachWindow(samples, grid, target, 1, window);
}

function naiveRate(kind: RateKind): SlidingKernel {
  return (samples, grid, { values, present, base }) => {
    for (let i = 0; i < grid.steps; i++) {
      const end = grid.first + i * grid.stride;
      const inside = [...samples.t].map((t, k) => (t > end - grid.range && t <= end ? k : -1)).filter((k) => k >= 0);
      if (inside.length < 2) continue;
      values[base + i] = rateWindow(samples, inside[0], inside[inside.length - 1] + 1, end, grid.range, kind);
      present[base + i] = 1;
    }
  };
}

function pairs(differ: (a: number, b: number) => boolean): WindowFunction {
  return ({ v }, from, to) => {
    let count = 0;
    for (let i = from + 1; i < to; i++) if (differ(v[i - 1], v[i])) count++;
    return count;
  };
}

describe(`sliding kernels give the bits of their naive twins (seed ${SEED})`, () => {
  test('sum_over_time', () => sameBits(sumOverTime, each(sumWindow)));
  test('avg_over_time', () => sameBits(avgOverTime, each(avgWindow)));
  test('max_over_time', () => sameBits(maxOverTime, each(maxWindow)));
  test('min_over_time', () => sameBits(minOverTime, each(minWindow)));
  test('count_over_time', () =>
    sameBits(
      countOverTime,
      each((_s, from, to) => to - from),
    ));
  test('stdvar_over_time', () => sameBits(varianceOverTime, each(varianceWindow)));
  test('changes', () => sameBits(changesOverTime, each(pairs((a, b) => a !== b && !(a !== a && b !== b)))));
  test('resets', () => sameBits(resetsOverTime, each(pairs((a, b) => b < a))));
  test.each([0, 0.5, 0.9, 1, -1, 2, Number.NaN])('quantile_over_time %d', (phi) => {
    sameBits(
      (samples, grid, target) => quantileOverTime(new Float64Array(grid.steps).fill(phi), samples, grid, target),
      each((samples, from, to) => quantileWindow(phi, samples, from, to)),
    );
  });
  test.each([
    ['rate', { counter: true, perSecond: true }],
    ['increase', { counter: true, perSecond: false }],
    ['delta', { counter: false, perSecond: false }],
  ])('%s', (_name, kind) =>
    sameBits((samples, grid, target) => slidingRate(samples, grid, target, kind), naiveRate(kind)),
  );
});

describe('the way a window is summed', () => {
  const window = (...v: number[]): FloatSamples => ({
    t: Float64Array.from(v, (_, i) => i),
    v: Float64Array.from(v),
    n: v.length,
  });

  test('keeps what plain addition loses', () => {
    expect(sumWindow(window(1, 1e100, 1, -1e100), 0, 4)).toBe(2);
  });

  test('infinity stays infinity', () => {
    expect(sumWindow(window(1, Infinity, 5), 0, 3)).toBe(Infinity);
    expect(sumWindow(window(Infinity, -Infinity), 0, 2)).toBeNaN();
  });

  test('a mean of large numbers does not overflow', () => {
    expect(avgWindow(window(1e308, 1e308, 1e308), 0, 3)).toBe(1e308);
  });
});
