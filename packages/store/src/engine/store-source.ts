import { TsanosError } from '@tsanos/bytes';
import type { Matcher } from '@tsanos/model';
import type { IndexHeader, LazyIndexHeader } from '@tsanos/blocks';
import type { Bucket } from '@tsanos/objstore';
import {
  innerMatchers,
  limitSeries,
  mergeSeries,
  orderedStrings,
  type CallContext,
  type LabelsRequest,
  type SeriesBatch,
  type SeriesRequest,
  type SeriesSource,
} from '@tsanos/series';
import { missingObject, type BlockDescriptor } from './block-descriptor.ts';
import { BlockReader, type BlockCaches } from './block-reader.ts';
import { chooseBlocks } from './choose-blocks.ts';
import type { StoreMetrics } from './metrics.ts';
import { RequestCounter, type StoreLimits } from './request-counter.ts';

/** A block that may be asked. */
export interface ServedBlock {
  readonly block: BlockDescriptor;
  readonly header: LazyIndexHeader;
}

export interface StoreSourceModules {
  readonly bucket: Bucket;
  readonly caches: BlockCaches;
  readonly metrics: StoreMetrics;
  readonly limits: StoreLimits;
  /** The blocks served now, by the key of their external labels. */
  readonly groups: () => ReadonlyMap<string, readonly ServedBlock[]>;
  /** Times outside are not served (`--min-time`, `--max-time`), ms, inclusive. */
  readonly timeRange: () => { mint: number; maxt: number };
  /** Whether a block may be asked; all by default. */
  readonly accepts?: (served: ServedBlock) => boolean;
  readonly queried?: (ulid: string) => void;
}

/** The blocks of a bucket as one source of series. */
export class StoreSource implements SeriesSource {
  readonly #modules: StoreSourceModules;

  constructor(modules: StoreSourceModules) {
    this.#modules = modules;
  }

  /** The same over those blocks alone whose external labels and `__block_id` match; `queried` is told of each block that is asked. */
  ofBlocks(matchers: readonly Matcher[], queried: (ulid: string) => void): StoreSource {
    const accepts = ({ block }: ServedBlock): boolean =>
      matchers.every((m) => m.matches(m.name === '__block_id' ? block.ulid : block.labels.get(m.name)));
    return new StoreSource({ ...this.#modules, accepts, queried });
  }

  async *series(request: SeriesRequest, ctx: CallContext): AsyncIterable<SeriesBatch> {
    const began = performance.now();
    const { metrics, limits } = this.#modules;
    const counter = new RequestCounter(limits);
    const bounded = this.#bounded(request);
    const chosen = this.#choose(bounded.mint, bounded.maxt, request.maxResolutionMs, request.matchers);
    metrics.blocksQueried.labels(ctx.tenant).observe(chosen.length);
    const chunkBytes = metrics.sentChunkBytes.labels(ctx.tenant);
    const leases = new DisposableStack();
    let series = 0;
    try {
      const streams = await Promise.all(
        chosen.map(async ({ served, matchers }) => {
          const { ulid } = served.block;
          const opened = await served.header.acquire(ctx.cancel.signal).catch((error: unknown) => {
            if (request.partialResponse === 'abort') throw missingObject(error, ulid, 'index');
            warnOfDamage(missingObject(error, ulid, 'index'), ctx);
          });
          if (opened === undefined) return nothing();
          const lease = leases.use(opened);
          const stream = this.#reader(served, lease.header, ctx, counter).series(bounded, matchers);
          return request.partialResponse === 'warn' ? warning(stream, ctx) : stream;
        }),
      );
      metrics.getAllSeconds.labels(ctx.tenant).observe((performance.now() - began) / 1000);
      const merged = streams.length === 1 ? streams[0] : mergeSeries(streams, ctx);
      for await (const batch of limitSeries(merged, request.limit)) {
        series += batch.count;
        const { chunkLength } = batch;
        for (let i = batch.chunkStart[0]; i < batch.chunkStart[batch.count]; i++) chunkBytes.observe(chunkLength[i]);
        yield batch;
      }
    } catch (error) {
      if (error instanceof TsanosError && error.kind === 'limit')
        metrics.dropped.labels(error.code === 'series-limit' ? 'series' : 'chunks', ctx.tenant).inc();
      throw error;
    } finally {
      leases.dispose();
      counter.report(metrics, ctx.tenant);
      metrics.resultSeries.labels(ctx.tenant).observe(series);
      metrics.mergeSeconds.labels(ctx.tenant).observe((performance.now() - began) / 1000);
    }
  }

  async labelNames(request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    const names = new Set<string>();
    await this.#eachBlock(request, ctx, async (reader, matchers) => {
      const own = [...(await reader.labelNames(request, matchers))];
      if (own.length === 0) return;
      for (const name of own) names.add(name);
      for (const [name] of reader.block.labels) names.add(name);
    });
    for (const name of request.withoutReplicaLabels) names.delete(name);
    return orderedStrings(names, request.limit);
  }

  async labelValues(name: string, request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    const values = new Set<string>();
    if (request.withoutReplicaLabels.includes(name)) return [];
    await this.#eachBlock(request, ctx, async (reader, matchers) => {
      const { labels } = reader.block;
      if (labels.has(name)) {
        const any = matchers.length === 0 || [...(await reader.labelNames(request, matchers))].length > 0;
        if (any) values.add(labels.get(name));
      } else for (const value of await reader.labelValues(name, request, matchers)) values.add(value);
    });
    return orderedStrings(values, request.limit);
  }

  async #eachBlock(
    request: LabelsRequest,
    ctx: CallContext,
    use: (reader: BlockReader, matchers: readonly Matcher[]) => Promise<void>,
  ): Promise<void> {
    const counter = new RequestCounter(this.#modules.limits);
    const { mint, maxt } = this.#bounded(request);
    const chosen = this.#choose(mint, maxt, Number.MAX_SAFE_INTEGER, request.matchers, true);
    await Promise.all(
      chosen.map(async ({ served, matchers }) => {
        using lease = await served.header.acquire(ctx.cancel.signal);
        await use(this.#reader(served, lease.header, ctx, counter), matchers);
      }),
    );
    counter.report(this.#modules.metrics, ctx.tenant);
  }

  #reader(served: ServedBlock, header: IndexHeader, ctx: CallContext, counter: RequestCounter): BlockReader {
    const { bucket, caches } = this.#modules;
    return new BlockReader(served.block, bucket, header, caches, ctx, counter);
  }

  #bounded<R extends { mint: number; maxt: number }>(request: R): R {
    const { mint, maxt } = this.#modules.timeRange();
    return { ...request, mint: Math.max(request.mint, mint), maxt: Math.min(request.maxt, maxt) };
  }

  /**
   * The blocks to read, with the matchers that are left for each. A block for which none is left gives nothing where `emptyMatchers` is not
   * set: Thanos answers a selector of external labels alone with nothing.
   */
  #choose(
    mint: number,
    maxt: number,
    maxResolutionMs: number,
    matchers: readonly Matcher[],
    emptyMatchers = false,
  ): { served: ServedBlock; matchers: readonly Matcher[] }[] {
    const out: { served: ServedBlock; matchers: readonly Matcher[] }[] = [];
    for (const group of this.#modules.groups().values()) {
      const rest = innerMatchers(matchers, group[0].block.labels);
      if (rest === undefined || (rest.length === 0 && !emptyMatchers)) continue;
      const { accepts, queried } = this.#modules;
      const choosable = group.map((served) => ({ ...served.block, served }));
      const accepted = accepts === undefined ? undefined : (one: { served: ServedBlock }) => accepts(one.served);
      for (const { served } of chooseBlocks(choosable, mint, maxt, maxResolutionMs, accepted)) {
        queried?.(served.block.ulid);
        out.push({ served, matchers: rest });
      }
    }
    return out;
  }
}

/** Ends where a block is damaged, with a warning that says so. */
async function* warning(batches: AsyncIterable<SeriesBatch>, ctx: CallContext): AsyncIterable<SeriesBatch> {
  try {
    yield* batches;
  } catch (error) {
    warnOfDamage(error, ctx);
  }
}

/** Only damage is passed over, nothing else. */
function warnOfDamage(error: unknown, ctx: CallContext): void {
  if (!(error instanceof TsanosError) || error.kind !== 'corrupt') throw error;
  ctx.warn(error.message);
}

async function* nothing(): AsyncIterable<SeriesBatch> {}
