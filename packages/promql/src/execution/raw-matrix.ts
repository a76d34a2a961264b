import { TsanosError } from '@tsanos/bytes';
import { SampleColumns, compareLabelBytes, type FloatHistogram } from '@tsanos/model';
import type { MatrixNode, SubqueryNode } from '../plan/nodes.ts';
import { interpolate } from './extended-range.ts';
import { withoutMetadata } from './label-edit.ts';
import { mergeRows } from './merge-rows.ts';
import type { Query } from './query.ts';
import type { MatrixSeries } from './result.ts';
import { collectRows } from './row.ts';
import { FLOAT, HISTOGRAM } from './row-batch.ts';
import { referenceTimes, selectorRows } from './series-rows.ts';
import { dropStale } from './window.ts';

/** The samples of a range vector that is the answer of an instant query. */
export async function rawMatrix(query: Query, node: MatrixNode | SubqueryNode): Promise<MatrixSeries[]> {
  const series = node.kind === 'matrix' ? await matrixSeries(query, node) : await subquerySeries(query, node);
  return series.sort((a, b) => compareLabelBytes(a.labels, 0, a.labels.length, b.labels, 0, b.labels.length));
}

async function matrixSeries(query: Query, node: MatrixNode): Promise<MatrixSeries[]> {
  const { frame, lookback } = query.plan;
  const { selector } = node;
  const { first: end } = referenceTimes(frame, selector);
  const start = end - node.range;
  const { anchored, smoothed } = selector;
  const out: MatrixSeries[] = [];
  const mint = start + 1 - (anchored || smoothed ? lookback : 0);
  const maxt = end + (smoothed ? lookback : 0);
  const rows = selectorRows(query, selector, frame, {
    mint,
    maxt,
    dropName: false,
    make: (samples, _batch, _base, { buffer, offset, length }) => {
      dropStale(samples);
      if (samples.n === 0) return;
      if (anchored || smoothed) extend(samples, start, end, smoothed);
      if (samples.n === 0) return;
      query.stats.read(0, samples.n);
      query.stats.samplesRead += samples.n;
      query.hold(samples.n);
      out.push(toSeries(samples, buffer.slice(offset, offset + length)));
    },
  });
  for await (const batch of rows) batch.clear();
  return out;
}

function toSeries({ t, v, h, n }: SampleColumns, labels: Uint8Array): MatrixSeries {
  const present = new Uint8Array(n).fill(FLOAT);
  if (h !== undefined) for (let i = 0; i < n; i++) if (h[i] !== undefined) present[i] = HISTOGRAM;
  return { labels, times: t.slice(0, n), values: v.slice(0, n), present, histograms: h?.slice(0, n) };
}

/** Replaces what lies outside of an anchored or smoothed range by points at its ends. */
function extend(samples: SampleColumns, start: number, end: number, smoothed: boolean): void {
  if (samples.h !== undefined) {
    const text = `${smoothed ? 'smoothed' : 'anchored'} modifier is not supported with histograms`;
    throw new TsanosError('bad-input', 'promql-modifier', text);
  }
  const t = samples.t.slice(0, samples.n);
  const v = samples.v.slice(0, samples.n);
  let first = 0;
  while (first + 1 < t.length && t[first + 1] <= start) first++;
  let last = t.length - 1;
  if (smoothed) {
    last = 0;
    while (last < t.length - 1 && t[last] < end) last++;
  }
  samples.clear();
  if (t[last] <= start || t[first] > end) return;
  const left =
    smoothed && t[first] < start
      ? interpolate(v[first], v[first + 1], start - t[first], t[first + 1] - t[first])
      : v[first];
  const right =
    smoothed && last > 0 && t[last] > end
      ? interpolate(v[last - 1], v[last], end - t[last - 1], t[last] - t[last - 1])
      : v[last];
  samples.reserve(t.length + 2);
  put(samples, start, left);
  for (let i = first; i <= last; i++) if (t[i] > start && t[i] < end) put(samples, t[i], v[i]);
  put(samples, end, right);
}

function put(samples: SampleColumns, time: number, value: number): void {
  samples.t[samples.n] = time;
  samples.v[samples.n++] = value;
}

async function subquerySeries(query: Query, node: SubqueryNode): Promise<MatrixSeries[]> {
  const { first: end } = referenceTimes(query.plan.frame, node);
  const start = end - node.range;
  const rows = mergeRows(await collectRows(query.rows(node.expr, node.frame)), query.delayed);
  const out: MatrixSeries[] = [];
  for (const row of rows) {
    const times: number[] = [];
    const values: number[] = [];
    const kinds: number[] = [];
    const histograms: (FloatHistogram | undefined)[] = [];
    for (let i = 0; i < row.present.length; i++) {
      const time = node.frame.start + i * node.frame.step;
      if (row.present[i] === 0 || time <= start || time > end) continue;
      if (row.present[i] === HISTOGRAM) histograms[times.length] = row.histograms?.[i];
      times.push(time);
      values.push(row.values[i]);
      kinds.push(row.present[i]);
    }
    if (times.length === 0) continue;
    out.push({
      labels: row.dropName ? withoutMetadata(row.labels) : row.labels,
      times: Float64Array.from(times),
      values: Float64Array.from(values),
      present: Uint8Array.from(kinds),
      histograms: histograms.length === 0 ? undefined : histograms,
    });
  }
  return out;
}
