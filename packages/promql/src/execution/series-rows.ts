import { SampleColumns, labelBytesValue, type Matcher } from '@tsanos/model';
import type { SeriesBatch } from '@tsanos/series';
import type { Frame, SelectorNode } from '../plan/nodes.ts';
import { frameSteps } from '../plan/nodes.ts';
import { NameMemo } from './name-memo.ts';
import type { Query } from './query.ts';
import { RowBatch } from './row-batch.ts';
import { sameLabels, type SelectionSource } from './selection-source.ts';

/** The series being read, for those who compute a row from it. */
export class SeriesView {
  buffer: Uint8Array = new Uint8Array(0);
  offset = 0;
  length = 0;
  readonly #names = new NameMemo();

  at(batch: SeriesBatch, row: number): void {
    this.buffer = batch.labelBuffers[batch.labelBuffer[row]];
    this.offset = batch.labelOffset[row];
    this.length = batch.labelLength[row];
  }

  metricName(): string {
    return this.#names.nameOf(this.buffer, this.offset, this.length);
  }

  label(name: string): string {
    return labelBytesValue(this.buffer, this.offset, this.length, name);
  }
}

/** Which samples a row needs and how it is made. */
export interface RowMaker {
  /** First and last sample time to decode, inclusive. */
  readonly mint: number;
  readonly maxt: number;
  /** The labels stay, but the name goes. */
  readonly dropName: boolean;
  /** Writes the cells at `base` of the batch; what it leaves absent has no value. */
  make(samples: SampleColumns, batch: RowBatch, base: number, series: SeriesView): void;
}

/** One row a series of the selector, in label order; series without cells are left out. */
export async function* selectorRows(
  query: Query,
  node: SelectorNode,
  frame: Frame,
  maker: RowMaker,
): AsyncGenerator<RowBatch> {
  yield* sourceRows(query, query.selection(node.selection), node.filter, frameSteps(frame), maker);
}

/** As `selectorRows`, from a selection that need not be the plan's. */
export async function* sourceRows(
  query: Query,
  source: SelectionSource,
  filter: readonly Matcher[],
  steps: number,
  maker: RowMaker,
): AsyncGenerator<RowBatch> {
  const out = new RowBatch(steps);
  const samples = new SampleColumns(4096);
  const series = new SeriesView();
  const { mint, maxt, dropName } = maker;
  for await (const { batch, from, to } of source.runs()) {
    for (let row = from; row < to;) {
      let end = row + 1;
      while (end < to && sameLabels(batch, row, batch, end)) end++;
      series.at(batch, row);
      if (filter.length === 0 || passes(series, filter)) {
        samples.clear();
        source.reader.read(batch, row, end, mint, maxt, samples);
        if (samples.n > 0) {
          maker.make(samples, out, out.nextBase, series);
          if (out.nextHasCells()) out.push(series.buffer, series.offset, series.length, dropName);
          if (out.full) {
            yield out;
            out.clear();
          }
        }
      }
      row = end;
      if (query.due()) await query.pause();
    }
  }
  if (out.count > 0) yield out;
}

function passes(series: SeriesView, filter: readonly Matcher[]): boolean {
  for (const matcher of filter) if (!matcher.matches(series.label(matcher.name))) return false;
  return true;
}

/** Reference time of a frame's first step for a selector, and how far it moves from step to step. */
export function referenceTimes(
  frame: Frame,
  { at, offset }: { at: number | undefined; offset: number },
): { first: number; stride: number; last: number } {
  const first = (at ?? frame.start) - offset;
  const stride = at === undefined ? frame.step : 0;
  return { first, stride, last: first + stride * Math.max(0, frameSteps(frame) - 1) };
}
