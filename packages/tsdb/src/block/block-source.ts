import { TsanosError } from '@tsanos/bytes';
import type { Labels, Matcher } from '@tsanos/model';
import {
  innerMatchers,
  limitSeries,
  mergeSeries,
  orderedStrings,
  ShardFilter,
  type CallContext,
  type LabelsRequest,
  type SeriesBatch,
  type SeriesRequest,
  type SeriesSource,
} from '@tsanos/series';
import type { Block } from './block.ts';

/** A block and the external labels its series have outside. */
export interface SourceBlock {
  readonly block: Block;
  readonly labels: Labels;
}

/** Local blocks as one source of series; overlapping blocks are merged by labels, identical chunks kept once. */
export class BlockSource implements SeriesSource {
  readonly #blocks: readonly SourceBlock[];

  /** The blocks stay the caller's, who closes them. */
  constructor(blocks: readonly SourceBlock[]) {
    this.#blocks = blocks;
  }

  series(request: SeriesRequest, ctx: CallContext): AsyncIterable<SeriesBatch> {
    const streams: AsyncIterable<SeriesBatch>[] = [];
    for (const { block, labels } of this.#blocks) {
      const matchers = innerMatchers(request.matchers, labels);
      if (matchers === undefined || !block.overlaps(request.mint, request.maxt)) continue;
      const stream = block.select(matchers, request.mint, request.maxt, {
        labels: { drop: request.withoutReplicaLabels, external: labels },
        shard: new ShardFilter(request.shard),
        skipChunks: request.skipChunks,
        ...(request.aggregates.length > 0 ? { aggregates: request.aggregates } : {}),
        throwIfCancelled: () => ctx.cancel.throwIfCancelled(),
      });
      streams.push(request.partialResponse === 'warn' ? warning(stream, ctx) : stream);
    }
    return limitSeries(streams.length === 1 ? streams[0] : mergeSeries(streams, ctx), request.limit);
  }

  async labelNames(request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    const names = new Set<string>();
    for (const { block, labels, matchers } of this.#matching(request)) {
      ctx.cancel.throwIfCancelled();
      const own = await block.labelNames(matchers);
      if (own.length === 0) continue;
      for (const name of own) names.add(name);
      for (const [name] of labels) names.add(name);
    }
    for (const name of request.withoutReplicaLabels) names.delete(name);
    return orderedStrings(names, request.limit);
  }

  async labelValues(name: string, request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    const values = new Set<string>();
    if (request.withoutReplicaLabels.includes(name)) return [];
    for (const { block, labels, matchers } of this.#matching(request)) {
      ctx.cancel.throwIfCancelled();
      if (labels.has(name)) {
        if ((await block.labelNames(matchers)).length > 0) values.add(labels.get(name));
      } else for (const value of await block.labelValues(name, matchers)) values.add(value);
    }
    return orderedStrings(values, request.limit);
  }

  *#matching(request: LabelsRequest): Generator<SourceBlock & { matchers: readonly Matcher[] }> {
    for (const { block, labels } of this.#blocks) {
      const matchers = innerMatchers(request.matchers, labels);
      if (matchers !== undefined && block.overlaps(request.mint, request.maxt)) yield { block, labels, matchers };
    }
  }
}

/** Ends where a block is damaged, with a warning that says so. */
async function* warning(batches: AsyncIterable<SeriesBatch>, ctx: CallContext): AsyncIterable<SeriesBatch> {
  try {
    yield* batches;
  } catch (error) {
    if (!(error instanceof TsanosError) || error.kind !== 'corrupt') throw error;
    ctx.warn(error.message);
  }
}
