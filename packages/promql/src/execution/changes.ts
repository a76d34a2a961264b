import * as H from './histogram-ops.ts';
import type { RangeEnv } from './range-env.ts';
import { startedAnew } from './rate-function.ts';
import type { Window } from './window.ts';

/** Visits the samples of a window by time, of equal times the float first; `at` counts into floats or histograms. */
function merge({ series, fFrom, fTo, hFrom, hTo }: Window, visit: (histogram: boolean, at: number) => void): void {
  const { floats, histograms } = series;
  let f = fFrom;
  let h = hFrom;
  while (f < fTo || h < hTo) {
    if (h >= hTo || (f < fTo && floats.t[f] <= histograms.t[h])) visit(false, f++);
    else visit(true, h++);
  }
}

/** Counts neighbours of a window for which one of the comparisons holds; a change of the kind of sample always counts. */
function countPairs(
  w: Window,
  floatsDiffer: (before: number, at: number) => boolean,
  histogramsDiffer: (before: number, at: number) => boolean,
): number {
  let count = 0;
  let before = -1;
  let wasHistogram = false;
  merge(w, (histogram, at) => {
    if (before >= 0) {
      if (histogram !== wasHistogram) count++;
      else if (histogram ? histogramsDiffer(before, at) : floatsDiffer(before, at)) count++;
    }
    before = at;
    wasHistogram = histogram;
  });
  return count;
}

/** `changes` of one window. */
export function changesOfWindow(w: Window): void {
  const { v } = w.series.floats;
  const { h } = w.series.histograms;
  w.float(
    countPairs(
      w,
      (a, b) => v[b] !== v[a] && !(v[a] !== v[a] && v[b] !== v[b]),
      (a, b) => !H.equal(h[b], h[a]),
    ),
  );
}

/** `resets` of one window. */
export function resetsOfWindow(w: Window, _env: RangeEnv): void {
  const { floats, histograms, floatStarts: fs, histogramStarts: hs } = w.series;
  w.float(
    countPairs(
      w,
      (a, b) => floats.v[b] < floats.v[a] || (fs !== undefined && startedAnew(fs[b], floats.t[b], fs[a], floats.t[a])),
      (a, b) =>
        H.detectReset(histograms.h[b], histograms.h[a]) ||
        (hs !== undefined && startedAnew(hs[b], histograms.t[b], hs[a], histograms.t[a])),
    ),
  );
}
