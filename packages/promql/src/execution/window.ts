import { isStaleAt, type FloatHistogram, type SampleColumns } from '@tsanos/model';
import type { FloatSamples, Grid } from '../kernels/grid.ts';

/** Native histogram samples of one series, ascending in time: the first `n` entries. */
export interface HistogramSamples {
  readonly t: Float64Array;
  readonly h: readonly FloatHistogram[];
  readonly n: number;
}

/** The samples of one series as range functions see them: without stale markers, floats and histograms apart. */
export class SeriesSamples {
  floats: FloatSamples = { t: new Float64Array(0), v: new Float64Array(0), n: 0 };
  histograms: HistogramSamples = { t: new Float64Array(0), h: [], n: 0 };
  /** Start timestamps beside the samples; undefined when there are none or they do not count. */
  floatStarts: Float64Array | undefined;
  histogramStarts: Float64Array | undefined;

  /** Takes what was decoded into `columns`, which may be changed in place. */
  take(columns: SampleColumns, startTimestamps: boolean): void {
    dropStale(columns);
    const st = startTimestamps ? columns.st : undefined;
    if (columns.h === undefined) {
      this.floats = columns;
      this.histograms = { t: columns.t, h: [], n: 0 };
      this.floatStarts = st;
      this.histogramStarts = undefined;
    } else this.#split(columns, columns.h, st);
  }

  #split(columns: SampleColumns, h: (FloatHistogram | undefined)[], st: Float64Array | undefined): void {
    const { n } = columns;
    const ft = new Float64Array(n);
    const fv = new Float64Array(n);
    const ht = new Float64Array(n);
    const list: FloatHistogram[] = [];
    const fs = st === undefined ? undefined : new Float64Array(n);
    const hs = st === undefined ? undefined : new Float64Array(n);
    let floats = 0;
    for (let i = 0; i < n; i++) {
      const histogram = h[i];
      if (histogram === undefined) {
        ft[floats] = columns.t[i];
        fv[floats] = columns.v[i];
        if (fs !== undefined && st !== undefined) fs[floats] = st[i];
        floats++;
      } else {
        ht[list.length] = columns.t[i];
        if (hs !== undefined && st !== undefined) hs[list.length] = st[i];
        list.push(histogram);
      }
    }
    this.floats = { t: ft, v: fv, n: floats };
    this.histograms = { t: ht, h: list, n: list.length };
    this.floatStarts = fs;
    this.histogramStarts = hs;
  }
}

/** Removes stale markers in place. */
export function dropStale(columns: SampleColumns): void {
  const { w, n } = columns;
  let first = 0;
  while (first < n && !isStaleAt(w, first)) first++;
  if (first === n) return;
  const { t, st, h } = columns;
  let kept = first;
  for (let i = first; i < n; i++) {
    if (isStaleAt(w, i)) continue;
    t[kept] = t[i];
    w[2 * kept] = w[2 * i];
    w[2 * kept + 1] = w[2 * i + 1];
    if (st !== undefined) st[kept] = st[i];
    if (h !== undefined) h[kept] = h[i];
    kept++;
  }
  if (h !== undefined) h.length = Math.min(h.length, kept);
  columns.n = kept;
}

/** One window of one series; floats `[fFrom, fTo)` and histograms `[hFrom, hTo)` lie in it. */
export class Window {
  readonly series: SeriesSamples;
  readonly grid: Grid;
  fFrom = 0;
  fTo = 0;
  hFrom = 0;
  hTo = 0;
  /** Number of the step, its window's end and start (exclusive) in ms. */
  step = 0;
  end = 0;
  start = 0;
  /** Result: a float where `histogram` is undefined; nothing unless `found`. */
  found = false;
  value = 0;
  histogram: FloatHistogram | undefined;

  constructor(series: SeriesSamples, grid: Grid) {
    this.series = series;
    this.grid = grid;
  }

  get floatCount(): number {
    return this.fTo - this.fFrom;
  }

  get histogramCount(): number {
    return this.hTo - this.hFrom;
  }

  /** Moves to step `i`; steps must not go back. */
  moveTo(i: number): void {
    const { floats, histograms } = this.series;
    this.step = i;
    this.end = this.grid.first + i * this.grid.stride;
    this.start = this.end - this.grid.range;
    while (this.fTo < floats.n && floats.t[this.fTo] <= this.end) this.fTo++;
    while (this.fFrom < this.fTo && floats.t[this.fFrom] <= this.start) this.fFrom++;
    while (this.hTo < histograms.n && histograms.t[this.hTo] <= this.end) this.hTo++;
    while (this.hFrom < this.hTo && histograms.t[this.hFrom] <= this.start) this.hFrom++;
    this.found = false;
    this.histogram = undefined;
  }

  float(value: number): void {
    this.found = true;
    this.value = value;
    this.histogram = undefined;
  }

  histo(histogram: FloatHistogram): void {
    this.found = true;
    this.histogram = histogram;
  }
}
