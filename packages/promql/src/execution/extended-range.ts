import { TsanosError } from '@tsanos/bytes';
import type { FloatHistogram } from '@tsanos/model';
import { rangeSeconds } from '../kernels/rate.ts';
import type { SelectorNode } from '../plan/nodes.ts';
import { changesOfWindow, resetsOfWindow } from './changes.ts';
import * as H from './histogram-ops.ts';
import * as M from './messages.ts';
import type { RangeEnv } from './range-env.ts';
import type { Window } from './window.ts';

/** How a function sees an anchored or smoothed range. */
export interface ExtendedWindow {
  /** How far before the range's start and after its end samples are read, ms. */
  readonly before: number;
  readonly after: number;
  /** Evaluates step `i` into the window. */
  evaluate(w: Window, i: number, env: RangeEnv): void;
}

const ANCHORED = ['changes', 'delta', 'increase', 'rate', 'resets'];
const SMOOTHED = ['delta', 'increase', 'rate'];

/** The value at `dt` of `width` between two values on a line. */
export function interpolate(a: number, b: number, dt: number, width: number): number {
  return a + ((b - a) * dt) / width;
}

/** Undefined for a plain selector; throws where the function does not know the modifier. */
export function extendedWindow(func: string, selector: SelectorNode, lookback: number): ExtendedWindow | undefined {
  const { anchored, smoothed } = selector;
  if (!anchored && !smoothed) return undefined;
  const known = anchored ? ANCHORED : SMOOTHED;
  if (!known.includes(func)) {
    const text = `${anchored ? 'anchored' : 'smoothed'} modifier can only be used with: ${known.join(', ')} - not with ${func}`;
    throw new TsanosError('bad-input', 'promql-modifier', text);
  }
  const extent = { before: lookback, after: smoothed ? lookback : 0 };
  if (func === 'changes')
    return { ...extent, evaluate: (w, i) => withAnchor(w, i, lookback, () => changesOfWindow(w)) };
  if (func === 'resets')
    return { ...extent, evaluate: (w, i, env) => withAnchor(w, i, lookback, () => resetsOfWindow(w, env)) };
  const counter = func !== 'delta';
  return {
    ...extent,
    evaluate: (w, i, env) => {
      place(w, i, lookback, extent.after);
      if (w.floatCount > 0 && w.histogramCount > 0) {
        env.query.annotations.warn(M.mixedFloatsHistograms(env.metricName()), env.argPos);
      } else if (w.histogramCount > 0) extendedHistograms(w, env, counter, smoothed, func === 'rate');
      else if (w.floatCount > 0) extendedFloats(w, counter, smoothed, func === 'rate');
    },
  };
}

/** First index of ascending `t` with a time above `limit`. */
function after(t: Float64Array, n: number, limit: number): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (t[middle] > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Sets the window to all samples in `(start - before, end + behind]` of step `i`; `start` and `end` stay those of the range. */
function place(w: Window, i: number, before: number, behind: number): void {
  const { floats, histograms } = w.series;
  w.step = i;
  w.end = w.grid.first + i * w.grid.stride;
  w.start = w.end - w.grid.range;
  w.fFrom = after(floats.t, floats.n, w.start - before);
  w.fTo = after(floats.t, floats.n, w.end + behind);
  w.hFrom = after(histograms.t, histograms.n, w.start - before);
  w.hTo = after(histograms.t, histograms.n, w.end + behind);
  w.found = false;
  w.histogram = undefined;
}

/** Evaluates over the range and the newest sample at or before its start; nothing without a sample inside. */
function withAnchor(w: Window, i: number, lookback: number, evaluate: () => void): void {
  place(w, i, lookback, 0);
  const { floats, histograms } = w.series;
  const f = after(floats.t, floats.n, w.start);
  const h = after(histograms.t, histograms.n, w.start);
  const hasFloat = f > w.fFrom;
  const hasHistogram = h > w.hFrom;
  w.fFrom = f;
  w.hFrom = h;
  if (w.floatCount + w.histogramCount === 0) return;
  if (hasHistogram && (!hasFloat || histograms.t[h - 1] >= floats.t[f - 1])) w.hFrom--;
  else if (hasFloat) w.fFrom--;
  evaluate();
}

/** First and last sample that count, as indices; undefined when there is nothing in the range. */
function bounds(
  t: Float64Array,
  from: number,
  to: number,
  start: number,
  end: number,
  smoothed: boolean,
): [number, number] | undefined {
  let first = from;
  while (first + 1 < to && t[first + 1] <= start) first++;
  let last = to - 1;
  if (smoothed) {
    last = from;
    while (last < to - 1 && t[last] < end) last++;
  }
  if (t[last] <= start) return undefined;
  if (smoothed && t[first] > end) return undefined;
  return [first, last];
}

function extendedFloats(w: Window, counter: boolean, smoothed: boolean, rate: boolean): void {
  const { t, v } = w.series.floats;
  const { start, end } = w;
  const found = bounds(t, w.fFrom, w.fTo, start, end, smoothed);
  if (found === undefined) return;
  const [first, last] = found;
  const between = (i: number, at: number): number =>
    interpolate(counter && v[i + 1] < v[i] ? 0 : v[i], v[i + 1], at - t[i], t[i + 1] - t[i]);
  const left = smoothed && t[first] < start ? between(first, start) : v[first];
  const right = smoothed && last > w.fFrom && t[last] > end ? between(last - 1, end) : v[last];
  let result = right - left;
  if (counter) {
    let correction = 0;
    let before = left;
    for (let i = t[first] <= start ? first + 1 : first; i <= (t[last] >= end ? last - 1 : last); i++) {
      if (v[i] < before) correction += before;
      before = v[i];
    }
    if (right < before) correction += before;
    result += correction;
  }
  w.float(rate ? result / rangeSeconds(w.grid.range) : result);
}

function extendedHistograms(w: Window, env: RangeEnv, counter: boolean, smoothed: boolean, rate: boolean): void {
  const { t, h } = w.series.histograms;
  const { start, end } = w;
  const { annotations } = env.query;
  const found = bounds(t, w.hFrom, w.hTo, start, end, smoothed);
  if (found === undefined) return;
  const [first, last] = found;
  for (let i = first; i <= last; i++) {
    const gauge = h[i].counterResetHint === 'gauge';
    if (counter && gauge) annotations.warn(M.notCounter(env.metricName()), env.argPos);
  }
  if (!counter && (h[first].counterResetHint !== 'gauge' || h[last].counterResetHint !== 'gauge')) {
    annotations.warn(M.notGauge(env.metricName()), env.argPos);
  }
  const mixed = (): undefined => {
    annotations.warn(M.mixedSchemas(env.metricName()), env.argPos);
    return undefined;
  };
  const take = (outcome: H.Combined | undefined, operation: M.HistogramOperation): FloatHistogram | undefined => {
    if (outcome === undefined) return mixed();
    if (outcome.reconciled) annotations.info(M.reconciledBuckets(operation), env.argPos);
    return outcome.histogram;
  };
  const between = (i: number, at: number): FloatHistogram | undefined =>
    take(H.interpolate(h[i], h[i + 1], (at - t[i]) / (t[i + 1] - t[i]), counter), 'subtraction');
  const left = smoothed && t[first] < start ? between(first, start) : h[first];
  const right = smoothed && last > w.hFrom && t[last] > end ? between(last - 1, end) : h[last];
  if (left === undefined || right === undefined) return;
  let result = take(H.subtract(right, left), 'subtraction');
  if (counter && result !== undefined) {
    let correction: FloatHistogram | undefined;
    let before = left;
    const until = t[last] >= end ? last - 1 : last;
    for (let i = t[first] <= start ? first + 1 : first; i <= until + 1; i++) {
      const now = i > until ? right : h[i];
      if (H.detectReset(now, before)) {
        correction = correction === undefined ? before : take(H.add(correction, before), 'addition');
        if (correction === undefined) return;
      }
      before = now;
    }
    if (correction !== undefined) result = take(H.add(result, correction), 'addition');
  }
  if (result === undefined) return;
  result = H.compact(H.withHint(result, 'gauge'));
  w.histo(rate ? H.divide(result, rangeSeconds(w.grid.range)) : result);
}
