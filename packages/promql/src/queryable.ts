import type { Matcher } from '@tsanos/model';
import type { CallContext, SampleReader, SelectHints, SeriesBatch } from '@tsanos/series';

/** What the engine asks for one selector; times inclusive in ms, offset and `@` already applied. */
export interface SelectRequest {
  mint: number;
  maxt: number;
  matchers: readonly Matcher[];
  hints: SelectHints;
}

/** The series of one selector and how to turn their rows into samples. */
export interface Selection {
  /** In ascending label order; adjacent equal labels belong to one series. */
  readonly batches: AsyncIterable<SeriesBatch>;
  readonly reader: SampleReader;
}

/** All that the engine knows of the outside world. */
export interface Queryable {
  /** Called once a selector and query, before any batch is read; warnings go to `ctx`. */
  select(request: SelectRequest, ctx: CallContext): Selection;
}
