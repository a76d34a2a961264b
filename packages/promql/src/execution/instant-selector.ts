import { isStaleAt, type SampleColumns } from '@tsanos/model';
import type { Frame, SelectorNode } from '../plan/nodes.ts';
import { frameSteps } from '../plan/nodes.ts';
import { histogramSize } from './histogram-size.ts';
import type { Query } from './query.ts';
import { FLOAT, type RowBatch, type Rows } from './row-batch.ts';
import { referenceTimes, selectorRows, sourceRows, type RowMaker } from './series-rows.ts';
import type { SelectionSource } from './selection-source.ts';
import { SmoothedMaker } from './smoothed-selector.ts';
import { statsOnlyHints } from './stats-only.ts';

/** What is taken from the sample that a selector picks: its value, its time or its start time. */
export type Picked = 'value' | 'time' | 'start';

/** The rows of an instant selector. */
export function instantRows(query: Query, node: SelectorNode, frame: Frame, picked: Picked = 'value'): Rows {
  // Only values lie on lines between samples.
  if (node.smoothed && picked === 'value')
    return selectorRows(query, node, frame, new SmoothedMaker(query, node, frame));
  return selectorRows(query, node, frame, new InstantMaker(query, node, frame, picked));
}

/** The rows of an instant selector at its reference times over a selection that need not be the plan's. */
export function instantRowsOf(
  query: Query,
  source: SelectionSource,
  node: SelectorNode,
  frame: Frame,
  picked: Picked,
): Rows {
  return sourceRows(query, source, [], frameSteps(frame), new InstantMaker(query, node, frame, picked));
}

class InstantMaker implements RowMaker {
  readonly mint: number;
  readonly maxt: number;
  readonly dropName: boolean;
  readonly #query: Query;
  readonly #steps: number;
  readonly #first: number;
  readonly #stride: number;
  readonly #lookback: number;
  readonly #picked: Picked;
  readonly #statsOnly: boolean;

  constructor(query: Query, node: SelectorNode, frame: Frame, picked: Picked) {
    const { first, stride, last } = referenceTimes(frame, node);
    this.#query = query;
    this.#steps = frameSteps(frame);
    // Prometheus forgets the offset beside `@` here, though what it has read is moved by it.
    this.#first = picked === 'value' ? first : (node.at ?? first);
    this.#stride = stride;
    this.#lookback = query.plan.lookback;
    this.#picked = picked;
    this.#statsOnly = node.statsOnly;
    this.mint = first - this.#lookback + 1;
    this.maxt = last;
    this.dropName = picked !== 'value';
  }

  make(samples: SampleColumns, batch: RowBatch, base: number): void {
    if (this.#statsOnly && samples.h !== undefined) statsOnlyHints(samples);
    if (samples.h !== undefined || this.#picked !== 'value' || this.#query.stats.enabled)
      this.#makeAny(samples, batch, base);
    else this.#makeFloats(samples, batch, base);
  }

  #makeFloats({ t, v, w, n }: SampleColumns, { values, present }: RowBatch, base: number): void {
    const lookback = this.#lookback;
    const stride = this.#stride;
    const end = base + this.#steps;
    let ref = this.#first;
    let next = 0;
    let read = 0;
    for (let cell = base; cell < end; cell++, ref += stride) {
      while (next < n && t[next] <= ref) next++;
      const at = next - 1;
      if (at < 0 || t[at] <= ref - lookback || isStaleAt(w, at)) continue;
      values[cell] = v[at];
      present[cell] = FLOAT;
      read++;
    }
    this.#query.stats.totalQueryableSamples += read;
    this.#query.stats.samplesRead += read;
  }

  #makeAny({ t, v, w, h, st, n }: SampleColumns, batch: RowBatch, base: number): void {
    const { stats } = this.#query;
    let next = 0;
    for (let step = 0; step < this.#steps; step++) {
      const ref = this.#first + step * this.#stride;
      while (next < n && t[next] <= ref) next++;
      const at = next - 1;
      if (at < 0 || t[at] <= ref - this.#lookback || isStaleAt(w, at)) continue;
      const histogram = h?.[at];
      const size = histogram === undefined ? 1 : histogramSize(histogram);
      stats.read(step, size);
      stats.samplesRead += size;
      const cell = base + step;
      if (this.#picked === 'value') {
        if (histogram !== undefined) {
          batch.setHistogram(cell, histogram);
          continue;
        }
        batch.values[cell] = v[at];
      } else if (this.#picked === 'time') batch.values[cell] = t[at] / 1000;
      else batch.values[cell] = (st?.[at] ?? 0) / 1000;
      batch.present[cell] = FLOAT;
    }
  }
}
