import type { CallContext, SampleReader, SeriesBatch } from '@tsanos/series';
import { SeriesBatchBuilder } from '@tsanos/series';
import type { Queryable, SelectRequest, Selection } from '../queryable.ts';

/** Rows `from` to `to` (exclusive) of a batch, which hold all of every series they begin. */
export interface SeriesRun {
  readonly batch: SeriesBatch;
  readonly from: number;
  readonly to: number;
}

/**
 * The series of one selection for one or more selectors: the first pass reads, later ones find the batches (still
 * compressed) kept.
 */
export class SelectionSource {
  readonly request: SelectRequest;
  readonly #queryable: Queryable;
  readonly #ctx: CallContext;
  readonly #keep: boolean;
  readonly #kept: SeriesRun[] = [];
  #selection: Selection | undefined;
  #iterator: AsyncIterator<SeriesRun> | undefined;
  #pending: Promise<void> | undefined;
  #done = false;

  constructor(queryable: Queryable, request: SelectRequest, ctx: CallContext, consumers: number) {
    this.#queryable = queryable;
    this.request = request;
    this.#ctx = ctx;
    this.#keep = consumers > 1;
  }

  get reader(): SampleReader {
    return this.#select().reader;
  }

  #select(): Selection {
    this.#selection ??= this.#queryable.select(this.request, this.#ctx);
    return this.#selection;
  }

  /** All series, in label order. */
  async *runs(): AsyncGenerator<SeriesRun> {
    if (!this.#keep) {
      yield* wholeSeries(this.#select().batches);
      return;
    }
    for (let i = 0; ; i++) {
      while (i >= this.#kept.length && !this.#done) {
        this.#pending ??= this.#advance();
        await this.#pending;
      }
      if (i >= this.#kept.length) return;
      yield this.#kept[i];
    }
  }

  /** Gets one more run; several selectors may wait for it. */
  async #advance(): Promise<void> {
    this.#iterator ??= wholeSeries(this.#select().batches)[Symbol.asyncIterator]();
    const next = await this.#iterator.next();
    if (next.done === true) this.#done = true;
    else this.#kept.push(next.value);
    this.#pending = undefined;
  }
}

/** Joins the parts of a series that stand in two batches. */
async function* wholeSeries(batches: AsyncIterable<SeriesBatch>): AsyncGenerator<SeriesRun> {
  let held: SeriesRun | undefined;
  for await (const batch of batches) {
    if (batch.count === 0) continue;
    let from = 0;
    if (held !== undefined) {
      while (from < batch.count && sameLabels(held.batch, held.from, batch, from)) from++;
      if (from > 0) held = join(held, { batch, from: 0, to: from });
      if (from === batch.count) continue;
      yield held;
      held = undefined;
    }
    let last = batch.count - 1;
    while (last > from && sameLabels(batch, last - 1, batch, last)) last--;
    if (last > from) yield { batch, from, to: last };
    held = { batch, from: last, to: batch.count };
  }
  if (held !== undefined) yield held;
}

function join(a: SeriesRun, b: SeriesRun): SeriesRun {
  const builder = new SeriesBatchBuilder();
  builder.rows(a.batch, a.from, a.to);
  builder.rows(b.batch, b.from, b.to);
  const batch = builder.finish();
  return { batch, from: 0, to: batch.count };
}

/** Whether two rows have equal label bytes. */
export function sameLabels(a: SeriesBatch, i: number, b: SeriesBatch, j: number): boolean {
  const length = a.labelLength[i];
  if (length !== b.labelLength[j]) return false;
  const x = a.labelBuffers[a.labelBuffer[i]];
  const y = b.labelBuffers[b.labelBuffer[j]];
  const p = a.labelOffset[i];
  const q = b.labelOffset[j];
  if (x === y && p === q) return true;
  // Neighbours of a sorted stream differ late.
  for (let k = length - 1; k >= 0; k--) if (x[p + k] !== y[q + k]) return false;
  return true;
}
