import { type FloatHistogram, type SampleColumns } from '@tsanos/model';
import type { Frame, SelectorNode } from '../plan/nodes.ts';
import { frameSteps } from '../plan/nodes.ts';
import * as H from './histogram-ops.ts';
import * as M from './messages.ts';
import type { Query } from './query.ts';
import { FLOAT, type RowBatch } from './row-batch.ts';
import { referenceTimes, type RowMaker, type SeriesView } from './series-rows.ts';
import { interpolate } from './extended-range.ts';
import { dropStale } from './window.ts';

/** An instant selector with `smoothed`: the value at the reference time on the line between its neighbours. */
export class SmoothedMaker implements RowMaker {
  readonly mint: number;
  readonly maxt: number;
  readonly dropName = false;
  readonly #query: Query;
  readonly #node: SelectorNode;
  readonly #steps: number;
  readonly #first: number;
  readonly #stride: number;

  constructor(query: Query, node: SelectorNode, frame: Frame) {
    const { first, stride, last } = referenceTimes(frame, node);
    const { lookback } = query.plan;
    this.#query = query;
    this.#node = node;
    this.#steps = frameSteps(frame);
    this.#first = first;
    this.#stride = stride;
    this.mint = first - lookback + 1;
    this.maxt = last + lookback;
  }

  make(samples: SampleColumns, batch: RowBatch, base: number, series: SeriesView): void {
    dropStale(samples);
    const { t, v, h, n } = samples;
    const { lookback } = this.#query.plan;
    let next = 0;
    for (let step = 0; step < this.#steps; step++) {
      const ref = this.#first + step * this.#stride;
      while (next < n && t[next] <= ref) next++;
      const before = next - 1;
      if (before < 0 || t[before] <= ref - lookback) continue;
      const cell = base + step;
      const after = t[before] < ref && next < n && t[next] <= ref + lookback ? next : before;
      const a = h?.[before];
      const b = h?.[after];
      if ((a === undefined) !== (b === undefined)) {
        this.#query.annotations.warn(M.mixedFloatsHistograms(series.metricName()), this.#node.pos);
        continue;
      }
      if (a === undefined || b === undefined) {
        batch.values[cell] =
          after === before ? v[before] : interpolate(v[before], v[after], ref - t[before], t[after] - t[before]);
        batch.present[cell] = FLOAT;
        continue;
      }
      const fraction = after === before ? 0 : (ref - t[before]) / (t[after] - t[before]);
      const result = this.#between(a, b, fraction, t[before] === ref, after === before, series);
      if (result !== undefined) batch.setHistogram(cell, result);
    }
  }

  #between(
    a: FloatHistogram,
    b: FloatHistogram,
    fraction: number,
    exact: boolean,
    alone: boolean,
    series: SeriesView,
  ): FloatHistogram | undefined {
    if (exact) return a;
    if (alone) return H.withHint(a, a.counterResetHint === 'gauge' ? 'gauge' : 'unknown');
    const counter = a.counterResetHint !== 'gauge' || b.counterResetHint !== 'gauge';
    const { annotations } = this.#query;
    const outcome = H.interpolate(a, b, fraction, counter);
    if (outcome === undefined) {
      annotations.warn(M.mixedSchemas(series.metricName()), this.#node.pos);
      return undefined;
    }
    if (outcome.reconciled) annotations.info(M.reconciledBuckets('subtraction'), this.#node.pos);
    return outcome.histogram;
  }
}
