import { join } from 'node:path';
import { TsanosError } from '@tsanos/bytes';
import { LazyIndexHeader } from '@tsanos/blocks';
import { Labels } from '@tsanos/model';
import { createBucket, type Bucket } from '@tsanos/objstore';
import type { CallContext, LabelsRequest, SeriesBatch, SeriesRequest, SeriesSource, SourceInfo } from '@tsanos/series';
import { storeCallHandlers } from '@tsanos/storeapi';
import type { RequestScope, WorkerEngine, WorkerEnv } from '@tsanos/runtime';
import { blockHints } from './block-hints.ts';
import { storeMetrics } from './metrics.ts';
import { RangeCache } from './range-cache.ts';
import {
  BLOCKS_SNAPSHOT,
  CONFIG_SNAPSHOT,
  type BlockSnapshot,
  type BlocksSnapshot,
  type StoreEngineConfig,
} from './snapshots.ts';
import { StoreSource, type ServedBlock } from './store-source.ts';

/** How often idle index-headers are looked for. */
const IDLE_SWEEP_MS = 10_000;

/** What an engine has once it knows its configuration. */
interface OpenStore {
  readonly config: StoreEngineConfig;
  readonly bucket: Bucket;
  readonly index: RangeCache;
  readonly chunks: RangeCache;
  readonly source: StoreSource;
}

/** The store on one thread: its bucket, caches and open index-headers, and the source over the blocks that main published last. */
export class StoreEngine implements SeriesSource {
  readonly #env: WorkerEnv;
  readonly #blocks = new Map<string, ServedBlock>();
  #groups = new Map<string, ServedBlock[]>();
  #range = { mint: -Infinity, maxt: Infinity };
  #open: OpenStore | undefined;
  #sweep: NodeJS.Timeout | undefined;

  constructor(env: WorkerEnv) {
    this.#env = env;
    env.onSnapshot<StoreEngineConfig>(CONFIG_SNAPSHOT, (config) => this.#configure(config));
    env.onSnapshot<BlocksSnapshot>(BLOCKS_SNAPSHOT, (snapshot) => this.#serve(snapshot));
  }

  series(request: SeriesRequest, ctx: CallContext): AsyncIterable<SeriesBatch> {
    return this.#opened().source.series(request, ctx);
  }

  labelNames(request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    return this.#opened().source.labelNames(request, ctx);
  }

  labelValues(name: string, request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    return this.#opened().source.labelValues(name, request, ctx);
  }

  /** The blocks of now as one source. */
  get source(): StoreSource {
    return this.#opened().source;
  }

  /** What is served now: for a querier in the same process. */
  info(): SourceInfo {
    const groups = [...this.#groups.values()];
    const blocks = groups.flat().map((served) => served.block);
    return {
      labelSets: groups.map((group) => group[0].block.labels),
      mint: Math.max(this.#range.mint, Math.min(...blocks.map((b) => b.mint))),
      maxt: Math.min(this.#range.maxt, Math.max(...blocks.map((b) => b.maxt))),
      tsdbInfos: [],
    };
  }

  /** Makes sure a block's index-header is on disk. */
  async prepare(ulid: string, signal: AbortSignal): Promise<void> {
    const header = this.#header(ulid);
    try {
      await header.prepare(signal);
    } finally {
      header.close();
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    for (const { header } of this.#blocks.values()) header.close();
    await this.#open?.bucket.close();
  }

  #opened(): OpenStore {
    if (this.#open === undefined)
      throw new TsanosError('retryable', 'store-not-ready', 'the store has not started yet');
    return this.#open;
  }

  #configure(config: StoreEngineConfig): void {
    const { count, metrics } = this.#env;
    const bucket = createBucket(config.bucket, { metrics });
    const index = new RangeCache(Math.floor(config.indexCacheBytes / count));
    const chunks = new RangeCache(Math.floor(config.chunkCacheBytes / count));
    const source = new StoreSource({
      bucket,
      caches: { index, chunks },
      metrics: storeMetrics(metrics),
      limits: config.limits,
      groups: () => this.#groups,
      timeRange: () => this.#range,
    });
    this.#open = { config, bucket, index, chunks, source };
    this.#range = { mint: config.mint, maxt: config.maxt };
    if (Number.isFinite(config.headerIdleMs)) {
      this.#sweep = setInterval(() => {
        for (const { header } of this.#blocks.values()) header.unloadIfIdle(config.headerIdleMs);
      }, IDLE_SWEEP_MS).unref();
    }
    observeCaches(this.#env, index, chunks);
  }

  #serve(snapshot: BlocksSnapshot): void {
    this.#range = { mint: snapshot.mint, maxt: snapshot.maxt };
    const wanted = new Set(snapshot.blocks.map((b) => b.ulid));
    for (const [ulid, { header }] of this.#blocks) {
      if (wanted.has(ulid)) continue;
      header.close();
      this.#blocks.delete(ulid);
      this.#open?.index.drop(`${ulid}/`);
      this.#open?.chunks.drop(`${ulid}/`);
    }
    for (const block of snapshot.blocks)
      if (!this.#blocks.has(block.ulid)) this.#blocks.set(block.ulid, this.#served(block));
    const groups = new Map<string, ServedBlock[]>();
    for (const served of this.#blocks.values()) {
      const key = JSON.stringify([...served.block.labels]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [served]);
      else group.push(served);
    }
    this.#groups = groups;
  }

  #served(block: BlockSnapshot): ServedBlock {
    return { block: { ...block, labels: Labels.fromSorted(block.labels) }, header: this.#header(block.ulid) };
  }

  #header(ulid: string): LazyIndexHeader {
    const { config, bucket } = this.#opened();
    return new LazyIndexHeader({
      bucket,
      ulid,
      path: join(config.dataDir, ulid, 'index-header'),
      onRebuild: (reason) => this.#env.log.warn('index-header is built again', { block: ulid, reason }),
    });
  }
}

/** Cache metrics under Thanos' names: what it keeps by item, we keep by range of `index`. */
function observeCaches(env: WorkerEnv, index: RangeCache, chunks: RangeCache): void {
  const counters = ['requests', 'hits', 'items_added', 'items_evicted', 'items_overflowed'] as const;
  const metrics = counters.map((name) =>
    env.metrics.counter(
      `thanos_store_index_cache_${name}_total`,
      `The ${name.replace('_', ' ')} of the cache of block data.`,
      ['item_type'],
    ),
  );
  const size = env.metrics.gauge('thanos_store_index_cache_items_size_bytes', 'Bytes in the cache of block data.', [
    'item_type',
  ]);
  const items = env.metrics.gauge('thanos_store_index_cache_items', 'Entries of the cache of block data.', [
    'item_type',
  ]);
  const seen = new Map<RangeCache, number[]>();
  const report = (cache: RangeCache, type: string): void => {
    const { requests, hits, added, evicted, overflowed } = cache.stats;
    const now = [requests, hits, added, evicted, overflowed];
    const before = seen.get(cache) ?? now.map(() => 0);
    now.forEach((value, i) => metrics[i].labels(type).inc(value - before[i]));
    seen.set(cache, now);
    size.labels(type).set(cache.sizeBytes);
    items.labels(type).set(cache.items);
  };
  const all = (): void => {
    report(index, 'Index');
    report(chunks, 'Chunks');
  };
  all();
  setInterval(all, 2000).unref();
}

/** Handlers of the store's gRPC service and of its block sync, over an engine. */
export function storeHandlers(engine: StoreEngine): WorkerEngine['handlers'] {
  return {
    ...storeCallHandlers(engine, 'store', { noMatchers: 'allow', hinted: blockHints(() => engine.source) }),
    'store.prepare': (ulid: string, scope: RequestScope) => engine.prepare(ulid, scope.cancel.signal),
  };
}
