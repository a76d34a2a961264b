import { TsanosError } from '@tsanos/bytes';
import { formatFloatFixed, type FloatHistogram } from '@tsanos/model';
import type { FloatSamples, Grid, RowTarget } from '../kernels/grid.ts';
import { maxOverTime, maxWindow, minOverTime, minWindow } from '../kernels/min-max.ts';
import { quantileOverTime, quantileWindow } from '../kernels/quantile.ts';
import { slidingRate, type RateKind } from '../kernels/rate.ts';
import { regression, smoothWindow } from '../kernels/regression.ts';
import {
  changesOverTime,
  countOverTime,
  lastExtremum,
  madWindow,
  resetsOverTime,
  varianceOverTime,
  varianceWindow,
} from '../kernels/simple-windows.ts';
import { avgOverTime, avgWindow, sumOverTime, sumWindow } from '../kernels/sum-avg.ts';
import { changesOfWindow, resetsOfWindow } from './changes.ts';
import * as H from './histogram-ops.ts';
import * as M from './messages.ts';
import type { RangeEnv } from './range-env.ts';
import { instantOfWindow, rateOfWindow } from './rate-function.ts';
import type { Window } from './window.ts';

/** How one function of range vectors is computed. */
export interface RangeFunction {
  /** All windows of a series that holds only floats and no start timestamps that count. */
  readonly sliding?: (samples: FloatSamples, grid: Grid, target: RowTarget, env: RangeEnv) => void;
  /** One window of any samples, at least one; writes its result into the window. */
  readonly window: (w: Window, env: RangeEnv) => void;
  /** The name stays. */
  readonly keepsName?: boolean;
  /** Start timestamps change its value. */
  readonly usesStarts?: boolean;
  /** Names of counters are checked. */
  readonly counterName?: boolean;
}

/** A function of floats: histograms beside them are ignored with an info, windows without floats have no value. */
function floatsOnly(least: number, compute: (w: Window, env: RangeEnv) => number): RangeFunction['window'] {
  return (w, env) => {
    if (w.floatCount === 0) return;
    if (w.histogramCount > 0) env.query.annotations.info(M.ignoredInRange(env.metricName()), env.argPos);
    if (w.floatCount >= least) w.float(compute(w, env));
  };
}

function rate(counter: boolean, perSecond: boolean): RangeFunction {
  const kind: RateKind = { counter, perSecond };
  return {
    sliding: (samples, grid, target) => slidingRate(samples, grid, target, kind),
    window: (w, env) => rateOfWindow(w, env, kind),
    usesStarts: counter,
    counterName: counter,
  };
}

function anyCount(compute: (w: Window) => number): RangeFunction['window'] {
  return (w) => w.float(compute(w));
}

/** Whether the newest sample of a window is a histogram. */
function newestIsHistogram({ series, fTo, hTo, floatCount, histogramCount }: Window): boolean {
  if (histogramCount === 0) return false;
  return floatCount === 0 || series.histograms.t[hTo - 1] >= series.floats.t[fTo - 1];
}

function oldestIsHistogram({ series, fFrom, hFrom, floatCount, histogramCount }: Window): boolean {
  if (histogramCount === 0) return false;
  return floatCount === 0 || series.histograms.t[hFrom] <= series.floats.t[fFrom];
}

function sumOrAvg(mean: boolean): RangeFunction {
  return {
    sliding: mean ? avgOverTime : sumOverTime,
    window: (w, env) => {
      const { annotations } = env.query;
      if (w.floatCount > 0 && w.histogramCount > 0) {
        annotations.warn(M.mixedFloatsHistograms(env.metricName()), env.argPos);
        return;
      }
      if (w.floatCount > 0) {
        w.float((mean ? avgWindow : sumWindow)(w.series.floats, w.fFrom, w.fTo));
        return;
      }
      const list: FloatHistogram[] = w.series.histograms.h.slice(w.hFrom, w.hTo);
      const outcome = H.accumulate(list, mean);
      if (outcome.reconciled) annotations.info(M.reconciledBuckets('aggregation'), env.argPos);
      if (outcome.histogram === undefined) {
        annotations.warn(M.mixedSchemas(env.metricName()), env.argPos);
        return;
      }
      if (outcome.collision) annotations.warn(M.resetCollision('aggregation'), env.argPos);
      w.histo(outcome.histogram);
    },
  };
}

function quantile(): RangeFunction {
  const check = (env: RangeEnv, step: number): number => {
    const phi = env.scalars[0][step];
    if (!(phi >= 0 && phi <= 1)) env.query.annotations.warn(M.invalidQuantile(phi), env.argPos);
    return phi;
  };
  return {
    sliding: (samples, grid, target, env) => {
      quantileOverTime(env.scalars[0], samples, grid, target);
      for (let i = 0; i < grid.steps; i++) if (target.present[target.base + i] !== 0) check(env, i);
    },
    window: floatsOnly(1, (w, env) => quantileWindow(check(env, w.step), w.series.floats, w.fFrom, w.fTo)),
  };
}

function variance(root: boolean): RangeFunction {
  const finish = (x: number): number => (root ? Math.sqrt(x) : x);
  return {
    sliding: (samples, grid, target) => {
      varianceOverTime(samples, grid, target);
      const { values, base } = target;
      if (root) for (let i = base; i < base + grid.steps; i++) values[i] = Math.sqrt(values[i]);
    },
    window: floatsOnly(1, (w) => finish(varianceWindow(w.series.floats, w.fFrom, w.fTo))),
  };
}

/** Deriv, predict_linear, smoothing: two floats at least; a lone float beside histograms still tells about those. */
function trend(compute: (w: Window, env: RangeEnv) => number): RangeFunction {
  return { window: floatsOnly(2, compute) };
}

function extremumTime(sign: number): RangeFunction {
  return {
    window: floatsOnly(1, (w) => w.series.floats.t[lastExtremum(w.series.floats, w.fFrom, w.fTo, sign)] / 1000),
  };
}

const pick = (last: boolean): RangeFunction => ({
  keepsName: true,
  window: (w) => {
    const { floats, histograms } = w.series;
    const histogram = last ? newestIsHistogram(w) : oldestIsHistogram(w);
    if (histogram) w.histo(histograms.h[last ? w.hTo - 1 : w.hFrom]);
    else w.float(floats.v[last ? w.fTo - 1 : w.fFrom]);
  },
});

const pickTime = (last: boolean): RangeFunction => ({
  window: (w) => {
    const { floats, histograms } = w.series;
    const histogram = last ? newestIsHistogram(w) : oldestIsHistogram(w);
    w.float((histogram ? histograms.t[last ? w.hTo - 1 : w.hFrom] : floats.t[last ? w.fTo - 1 : w.fFrom]) / 1000);
  },
});

const smooth = floatsOnly(2, (w, { scalars }) => {
  const [levels, trends] = scalars;
  return smoothWindow(w.series.floats, w.fFrom, w.fTo, levels[w.step], trends[w.step]);
});

function checkFactor(what: string, letter: string, factor: number): void {
  if (!(factor <= 0 || factor >= 1)) return;
  const text = `invalid ${what} factor. Expected: 0 < ${letter} < 1, got: ${formatFloatFixed(factor)}`;
  throw new TsanosError('bad-input', 'promql-smoothing', text);
}

/** 1 where a window has a sample. */
export const PRESENCE: RangeFunction = { window: anyCount(() => 1) };

/** Every function of a range vector but absent_over_time, by name. */
export const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ['rate', rate(true, true)],
  ['increase', rate(true, false)],
  ['delta', rate(false, false)],
  ['irate', { window: (w, env) => instantOfWindow(w, env, true), usesStarts: true }],
  ['idelta', { window: (w, env) => instantOfWindow(w, env, false) }],
  ['sum_over_time', sumOrAvg(false)],
  ['avg_over_time', sumOrAvg(true)],
  ['count_over_time', { sliding: countOverTime, window: anyCount((w) => w.floatCount + w.histogramCount) }],
  ['present_over_time', PRESENCE],
  ['max_over_time', { sliding: maxOverTime, window: floatsOnly(1, (w) => maxWindow(w.series.floats, w.fFrom, w.fTo)) }],
  ['min_over_time', { sliding: minOverTime, window: floatsOnly(1, (w) => minWindow(w.series.floats, w.fFrom, w.fTo)) }],
  ['quantile_over_time', quantile()],
  ['stddev_over_time', variance(true)],
  ['stdvar_over_time', variance(false)],
  ['mad_over_time', { window: floatsOnly(1, (w) => madWindow(w.series.floats, w.fFrom, w.fTo)) }],
  ['last_over_time', pick(true)],
  ['first_over_time', pick(false)],
  ['ts_of_last_over_time', pickTime(true)],
  ['ts_of_first_over_time', pickTime(false)],
  ['ts_of_max_over_time', extremumTime(1)],
  ['ts_of_min_over_time', extremumTime(-1)],
  ['changes', { sliding: changesOverTime, window: changesOfWindow }],
  ['resets', { sliding: resetsOverTime, window: resetsOfWindow, usesStarts: true }],
  ['deriv', trend((w) => regression(w.series.floats, w.fFrom, w.fTo, w.series.floats.t[w.fFrom]).slope)],
  [
    'predict_linear',
    trend((w, env) => {
      const { slope, intercept } = regression(w.series.floats, w.fFrom, w.fTo, env.stepTime(w.step));
      return slope * env.scalars[0][w.step] + intercept;
    }),
  ],
  [
    'double_exponential_smoothing',
    {
      window: (w, env) => {
        const [level, trendFactor] = [env.scalars[0][w.step], env.scalars[1][w.step]];
        checkFactor('smoothing', 'sf', level);
        checkFactor('trend', 'tf', trendFactor);
        smooth(w, env);
      },
    },
  ],
]);
