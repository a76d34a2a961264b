import type { Matcher } from '@tsanos/model';
import { mergeSeries, RawReader, type CallContext, type SampleReader, type SeriesBatch } from '@tsanos/series';
import type { Block } from './block.ts';

/** What an engine asks of one selector: times in ms, both included. */
export interface BlockSelectRequest {
  readonly mint: number;
  readonly maxt: number;
  readonly matchers: readonly Matcher[];
}

/** Has the shape of the `Queryable` of `@tsanos/promql`, which this package does not know. */
export interface BlockQueryable {
  select(
    request: BlockSelectRequest,
    ctx: CallContext,
  ): { readonly batches: AsyncIterable<SeriesBatch>; readonly reader: SampleReader };
}

/** Raw blocks as what a query engine reads from: blocks that the times overlap, merged by labels. The blocks stay the caller's. */
export function blockQueryable(blocks: readonly Block[]): BlockQueryable {
  return {
    select({ mint, maxt, matchers }, ctx) {
      const throwIfCancelled = (): void => ctx.cancel.throwIfCancelled();
      const streams = blocks
        .filter((block) => block.overlaps(mint, maxt))
        .map((block) => block.select(matchers, mint, maxt, { throwIfCancelled }));
      const batches = streams.length === 1 ? streams[0] : mergeSeries(streams, ctx);
      return { batches, reader: new RawReader({ warn: (text) => ctx.warn(text) }) };
    },
  };
}
