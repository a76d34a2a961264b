import type { FloatHistogram } from '@tsanos/model';
import { extrapolation, rangeSeconds, rateWindow, type RateKind } from '../kernels/rate.ts';
import * as H from './histogram-ops.ts';
import * as M from './messages.ts';
import type { RangeEnv } from './range-env.ts';
import type { Window } from './window.ts';

/** rate, increase or delta of one window, all kinds of samples. */
export function rateOfWindow(w: Window, env: RangeEnv, kind: RateKind): void {
  const { floatCount, histogramCount } = w;
  if (floatCount > 0 && histogramCount > 0) {
    env.query.annotations.warn(M.mixedFloatsHistograms(env.metricName()), env.argPos);
    return;
  }
  if (histogramCount > 0) histogramRate(w, env, kind);
  else if (floatCount > 0) floatRate(w, kind);
}

/** Whether start timestamp `st` of the first sample at `t` says that counting began inside the window. */
function beganInside(st: number, t: number, start: number): boolean {
  return st !== 0 && st > start && st < t;
}

/** Whether the start timestamp of a sample says that the counter began anew since the sample before. */
export function startedAnew(st: number, t: number, previousSt: number, previousT: number): boolean {
  if (st === 0 || st >= t) return false;
  if (st > previousT) return true;
  return st === previousT && previousSt !== 0 && previousSt < previousT;
}

function floatRate(w: Window, kind: RateKind): void {
  const { floats, floatStarts: st } = w.series;
  const { fFrom, fTo, end, start } = w;
  if (st === undefined || !kind.counter) {
    if (fTo - fFrom >= 2) w.float(rateWindow(floats, fFrom, fTo, end, w.grid.range, kind));
    return;
  }
  const { t, v } = floats;
  const began = beganInside(st[fFrom], t[fFrom], start);
  if (fTo - fFrom < 2 && !began) return;
  const last = fTo - 1;
  let d = v[last] - v[fFrom];
  for (let i = fFrom + 1; i < fTo; i++) {
    if (v[i] < v[i - 1] || startedAnew(st[i], t[i], st[i - 1], t[i - 1])) d += v[i - 1];
  }
  if (began) d += v[fFrom];
  const first = began ? st[fFrom] : t[fFrom];
  const sampled = (t[last] - first) / 1000;
  const toStart = began ? 0 : (t[fFrom] - start) / 1000;
  const zeroAfter = !began && d > 0 && v[fFrom] >= 0 ? sampled * (v[fFrom] / d) : Infinity;
  w.float(d * stretch(w, toStart, t[last], sampled, last - fFrom, zeroAfter, began, kind));
}

/** The factor by which a difference is multiplied. */
function stretch(
  w: Window,
  toStart: number,
  lastT: number,
  sampled: number,
  gaps: number,
  zeroAfter: number,
  began: boolean,
  kind: RateKind,
): number {
  const toEnd = (w.end - lastT) / 1000;
  let factor: number;
  if (began) {
    const average = gaps === 0 ? 0 : (lastT - firstTime(w)) / 1000 / gaps;
    factor = (sampled + (toEnd >= average * 1.1 ? average / 2 : toEnd)) / sampled;
  } else factor = extrapolation(toStart, toEnd, sampled, gaps, zeroAfter);
  return kind.perSecond ? factor / rangeSeconds(w.grid.range) : factor;
}

function firstTime(w: Window): number {
  return w.floatCount > 0 ? w.series.floats.t[w.fFrom] : w.series.histograms.t[w.hFrom];
}

function histogramRate(w: Window, env: RangeEnv, kind: RateKind): void {
  const { t, h } = w.series.histograms;
  const st = kind.counter ? w.series.histogramStarts : undefined;
  const { hFrom, hTo, start } = w;
  const began = st !== undefined && beganInside(st[hFrom], t[hFrom], start);
  const n = hTo - hFrom;
  if (n < 2 && !began) return;
  const result = histogramDifference(w, env, kind, began);
  if (result === undefined) return;
  const last = hTo - 1;
  const first = began && st !== undefined ? st[hFrom] : t[hFrom];
  const sampled = (t[last] - first) / 1000;
  const toStart = began ? 0 : (t[hFrom] - start) / 1000;
  const useZero = kind.counter && !began && result.count > 0 && h[hFrom].count >= 0;
  const zeroAfter = useZero ? sampled * (h[hFrom].count / result.count) : Infinity;
  w.histo(H.multiply(result, stretch(w, toStart, t[last], sampled, n - 1, zeroAfter, began, kind)));
}

/** The increase over a window of histograms, resets undone; undefined (and a warning) where layouts do not mix. */
function histogramDifference(w: Window, env: RangeEnv, kind: RateKind, began: boolean): FloatHistogram | undefined {
  const { t, h } = w.series.histograms;
  const st = kind.counter ? w.series.histogramStarts : undefined;
  const { hFrom, hTo } = w;
  const { annotations } = env.query;
  const last = h[hTo - 1];
  let first = h[hFrom];
  const mixed = (): undefined => {
    annotations.warn(M.mixedSchemas(env.metricName()), env.argPos);
    return undefined;
  };
  if (kind.counter && (first.counterResetHint === 'gauge' || last.counterResetHint === 'gauge')) {
    annotations.warn(M.notCounter(env.metricName()), env.argPos);
  }
  const anew = (i: number): boolean => st !== undefined && startedAnew(st[i], t[i], st[i - 1], t[i - 1]);
  const firstReset = kind.counter && hTo - hFrom > 1 && (H.detectReset(h[hFrom + 1], first) || anew(hFrom + 1));
  const whole = first;
  if (firstReset) first = H.emptyLike(h[hFrom + 1]);
  const custom = H.isCustom(first);
  if (H.isCustom(last) !== custom) return mixed();
  let schema = Math.min(first.schema, last.schema);
  for (let i = hFrom + 1; kind.counter && i < hTo - 1; i++) {
    if (h[i].counterResetHint === 'gauge') annotations.warn(M.notCounter(env.metricName()), env.argPos);
    schema = Math.min(schema, h[i].schema);
    if (H.isCustom(h[i]) !== custom) return mixed();
  }
  let result = H.copyToSchema(last, schema);
  const step = (outcome: H.Combined | undefined, operation: M.HistogramOperation): boolean => {
    if (outcome === undefined) return false;
    if (outcome.reconciled) annotations.info(M.reconciledBuckets(operation), env.argPos);
    result = outcome.histogram;
    return true;
  };
  if (!step(H.subtract(result, first), 'subtraction')) return mixed();
  if (kind.counter) {
    let previous = first;
    for (let i = hFrom + 1; i < hTo; i++) {
      if ((H.detectReset(h[i], previous) || anew(i)) && !step(H.add(result, previous), 'addition')) return mixed();
      previous = h[i];
    }
    // Counting began inside the window: all of the first sample counts, too.
    if (began && !step(H.add(result, firstReset ? H.emptyLike(whole) : whole), 'addition')) return mixed();
  } else if (whole.counterResetHint !== 'gauge' || last.counterResetHint !== 'gauge') {
    annotations.warn(M.notGauge(env.metricName()), env.argPos);
  }
  return H.compact(H.withHint(result, 'gauge'));
}

/** irate or idelta: the last two samples of a window, whatever their kind. */
export function instantOfWindow(w: Window, env: RangeEnv, rate: boolean): void {
  if (w.floatCount + w.histogramCount < 2) return;
  const { annotations } = env.query;
  const { floats, histograms, floatStarts, histogramStarts } = w.series;
  const [a, b] = lastTwo(w);
  const timeOf = (p: Point): number => (p.histogram ? histograms.t[p.at] : floats.t[p.at]);
  const interval = timeOf(b) - timeOf(a);
  if (interval === 0) return;
  if (a.histogram !== b.histogram) {
    annotations.warn(M.mixedFloatsHistograms(env.metricName()), env.argPos);
    return;
  }
  const st = a.histogram ? histogramStarts : floatStarts;
  const anew = rate && st !== undefined && startedAnew(st[b.at], timeOf(b), st[a.at], timeOf(a));
  if (!a.histogram) {
    const x = floats.v[a.at];
    const y = floats.v[b.at];
    const result = rate && (y < x || anew) ? y : y - x;
    w.float(rate ? result / (interval / 1000) : result);
    return;
  }
  const x = histograms.h[a.at];
  const y = histograms.h[b.at];
  const gauges = Number(x.counterResetHint === 'gauge') + Number(y.counterResetHint === 'gauge');
  if (rate && gauges > 0) annotations.warn(M.notCounter(env.metricName()), env.argPos);
  if (!rate && gauges < 2) annotations.warn(M.notGauge(env.metricName()), env.argPos);
  let result = y;
  if (!rate || !(H.detectReset(y, x) || anew)) {
    const outcome = H.subtract(y, x);
    if (outcome === undefined) {
      annotations.warn(M.mixedSchemas(env.metricName()), env.argPos);
      return;
    }
    if (outcome.reconciled) annotations.info(M.reconciledBuckets('subtraction'), env.argPos);
    result = outcome.histogram;
  }
  result = H.compact(H.withHint(result, 'gauge'));
  w.histo(rate ? H.divide(result, interval / 1000) : result);
}

interface Point {
  readonly histogram: boolean;
  readonly at: number;
}

/** The last two samples of a window, of equal times the float first. */
function lastTwo({ series, fTo, fFrom, hTo, hFrom }: Window): [Point, Point] {
  let f = fTo - 1;
  let h = hTo - 1;
  const { floats, histograms } = series;
  const takeLast = (): Point => {
    if (h >= hFrom && (f < fFrom || histograms.t[h] >= floats.t[f])) return { histogram: true, at: h-- };
    return { histogram: false, at: f-- };
  };
  const b = takeLast();
  const a = takeLast();
  return [a, b];
}
