import type { Matcher } from '@tsanos/model';
import type { Queryable, Selection, SelectRequest } from '@tsanos/promql';
import {
  Aggr,
  AggregateReader,
  aggrsForFunc,
  ChainDedupReader,
  PenaltyDedupReader,
  type CallContext,
  type SampleReader,
  type SeriesBatch,
  type SeriesRequest,
  type SeriesSource,
} from '@tsanos/series';
import { selectorResolution } from '../resolution.ts';

/** How the series of a query are fetched and merged. */
export interface FetchOptions {
  readonly partialResponse: boolean;
  readonly replicaLabels: readonly string[];
  readonly dedup: boolean;
  readonly dedupFunc: 'penalty' | 'chain';
  readonly maxResolutionMs: number;
  /** On every selector, where tenancy is enforced. */
  readonly extraMatchers: readonly Matcher[];
  readonly shard: SeriesRequest['shard'];
}

/** A series source as the engine sees it: aggregates chosen by function, replicas merged. */
export class SourceQueryable implements Queryable {
  readonly #source: SeriesSource;
  readonly #options: FetchOptions;
  /** Whether any data so far was downsampled. */
  downsampled = false;

  constructor(source: SeriesSource, options: FetchOptions) {
    this.#source = source;
    this.#options = options;
  }

  select(request: SelectRequest, ctx: CallContext): Selection {
    const options = this.#options;
    const { func, rangeMs } = request.hints;
    const series: SeriesRequest = {
      mint: request.mint,
      maxt: request.maxt,
      matchers: [...request.matchers, ...options.extraMatchers],
      maxResolutionMs: selectorResolution(options.maxResolutionMs, func, rangeMs),
      aggregates: aggrsForFunc(func),
      partialResponse: options.partialResponse ? 'warn' : 'abort',
      skipChunks: false,
      withoutReplicaLabels: this.#deduplicates ? options.replicaLabels : [],
      limit: 0,
      hints: request.hints,
      shard: options.shard,
    };
    const batches = this.#source.series(series, ctx);
    const watched = series.maxResolutionMs > 0 ? this.#watch(batches) : batches;
    return { batches: watched, reader: this.#reader(func, (text) => ctx.warn(text)) };
  }

  /** Tells of the first aggregate among the chunks. */
  async *#watch(batches: AsyncIterable<SeriesBatch>): AsyncGenerator<SeriesBatch> {
    for await (const batch of batches) {
      const chunks = batch.chunkStart[batch.count];
      for (let i = 0; i < chunks && !this.downsampled; i++) this.downsampled = batch.chunkAggr[i] !== Aggr.RAW;
      yield batch;
    }
  }

  get #deduplicates(): boolean {
    return this.#options.dedup && this.#options.replicaLabels.length > 0;
  }

  #reader(func: string, warn: (text: string) => void): SampleReader {
    if (!this.#deduplicates) return new AggregateReader({ func, warn });
    return this.#options.dedupFunc === 'chain'
      ? new ChainDedupReader({ func, warn })
      : new PenaltyDedupReader({ func, warn });
  }
}
