import { rm, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isUlid, TsanosError, type GaugeCell, type CounterCell } from '@tsanos/bytes';
import {
  consistencyFilter,
  DeletionMarkFilter,
  DuplicateFilter,
  labelFilter,
  MetaFetcher,
  timeFilter,
  type BlocksView,
  type Meta,
} from '@tsanos/blocks';
import type { RelabelConfig } from '@tsanos/model';
import type { Bucket } from '@tsanos/objstore';
import type { ComponentModules, TimeValue } from '@tsanos/runtime';
import { BLOCKS_SNAPSHOT, type BlockSnapshot, type BlocksSnapshot } from './engine/snapshots.ts';

export interface BlockSyncOptions {
  readonly dataDir: string;
  readonly strategy: 'concurrent' | 'recursive';
  readonly fetchConcurrency: number;
  readonly loadConcurrency: number;
  readonly consistencyDelayMs: number;
  readonly ignoreDeletionMarksDelayMs: number;
  readonly relabel: readonly RelabelConfig[];
  readonly minTime: TimeValue;
  readonly maxTime: TimeValue;
  /** Index-headers are fetched when a block is found (eager), or by the first query that needs it. */
  readonly eagerHeaders: boolean;
}

/** Keeps the list of blocks that the engines serve in step with the bucket. */
export class BlockSync {
  readonly #options: BlockSyncOptions;
  readonly #modules: ComponentModules;
  readonly #bucket: Bucket;
  readonly #fetcher: MetaFetcher;
  readonly #metrics: ReturnType<typeof syncMetrics>;
  #served = new Map<string, Meta>();
  #refreshedAtMs = 0;
  #lastError: Error | undefined;

  constructor(options: BlockSyncOptions, modules: ComponentModules, bucket: Bucket) {
    this.#options = options;
    this.#modules = modules;
    this.#bucket = bucket;
    const { log, metrics } = modules;
    this.#metrics = syncMetrics(metrics);
    this.#fetcher = new MetaFetcher({
      bucket,
      dataDir: options.dataDir,
      strategy: options.strategy,
      concurrency: options.fetchConcurrency,
      metrics,
      logger: log,
      filters: [
        timeFilter(
          (now) => options.minTime.at(now),
          (now) => options.maxTime.at(now),
        ),
        labelFilter(options.relabel),
        consistencyFilter(options.consistencyDelayMs),
        new DeletionMarkFilter(
          { bucket, logger: log, concurrency: options.fetchConcurrency },
          options.ignoreDeletionMarksDelayMs,
        ),
        new DuplicateFilter(),
      ],
    });
  }

  /** Blocks served now, by ULID. */
  get blocks(): ReadonlyMap<string, Meta> {
    return this.#served;
  }

  /** When the view was last brought up to date, ms; 0 = never. */
  get refreshedAtMs(): number {
    return this.#refreshedAtMs;
  }

  /** Why the last sync failed; undefined when it did not. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** One sync. Throws when the bucket cannot be read; the old view stays then. */
  async sync(signal: AbortSignal): Promise<void> {
    try {
      const view = await this.#fetcher.fetch(signal);
      await this.#load(view, signal);
      // A view that lacks blocks may add some but must not take any away.
      if (view.incomplete !== undefined) throw view.incomplete;
      this.#refreshedAtMs = Date.now();
      this.#lastError = undefined;
    } catch (error) {
      this.#lastError = error as Error;
      throw error;
    }
  }

  async #load(view: BlocksView, signal: AbortSignal): Promise<void> {
    const wanted = new Map(view.incomplete === undefined ? [] : this.#served);
    const fresh: Meta[] = [];
    for (const meta of view.metas.values()) {
      if (this.#served.has(meta.ulid)) wanted.set(meta.ulid, meta);
      else fresh.push(meta);
    }
    await this.#prepare(fresh, wanted, signal);
    const dropped = [...this.#served.keys()].filter((ulid) => !wanted.has(ulid));
    this.#served = wanted;
    this.#publish();
    for (const ulid of dropped) {
      this.#modules.log.info('dropped outdated block', { block: ulid });
      this.#metrics.drops.inc();
    }
    if (view.incomplete === undefined) await this.#cleanFolder(signal);
  }

  /** Gets the new blocks ready, several at a time. One that cannot be loaded is left out and tried again at the next sync. */
  async #prepare(fresh: readonly Meta[], wanted: Map<string, Meta>, signal: AbortSignal): Promise<void> {
    const { log, pool } = this.#modules;
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < fresh.length) {
        const meta = fresh[next++];
        signal.throwIfAborted();
        const began = performance.now();
        this.#metrics.loads.inc();
        try {
          await requireSegments(this.#bucket, meta, signal);
          if (this.#options.eagerHeaders) await pool.run('store.prepare', meta.ulid, signal);
          wanted.set(meta.ulid, meta);
          log.info('loaded new block', {
            elapsed: `${((performance.now() - began) / 1000).toFixed(3)}s`,
            id: meta.ulid,
          });
        } catch (error) {
          signal.throwIfAborted();
          this.#metrics.loadFailures.inc();
          log.warn('loading block failed', {
            elapsed: `${((performance.now() - began) / 1000).toFixed(3)}s`,
            id: meta.ulid,
            err: error as Error,
          });
        }
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, this.#options.loadConcurrency) }, lane));
  }

  #publish(): void {
    const now = Date.now();
    const snapshot: BlocksSnapshot = {
      blocks: [...this.#served.values()].map(snapshotOf),
      mint: this.#options.minTime.at(now),
      maxt: this.#options.maxTime.at(now),
    };
    this.#modules.pool.publish(BLOCKS_SNAPSHOT, snapshot);
    this.#metrics.loaded.set(this.#served.size);
    this.#metrics.lastLoaded.set(now / 1000);
  }

  /** Removes what is left of blocks that are no longer served from the data folder. */
  async #cleanFolder(signal: AbortSignal): Promise<void> {
    const names = await readdir(this.#options.dataDir).catch(() => [] as string[]);
    for (const name of names) {
      if (!isUlid(name) || this.#served.has(name)) continue;
      signal.throwIfAborted();
      try {
        await rm(join(this.#options.dataDir, name), { recursive: true, force: true });
      } catch (error) {
        this.#metrics.dropFailures.inc();
        this.#modules.log.warn('cannot remove the folder of a block that is gone', {
          block: name,
          err: error as Error,
        });
      }
    }
  }
}

/** What the engines need of a meta.json. Segment sizes come in the order of the segment numbers. */
function snapshotOf(meta: Meta): BlockSnapshot {
  const size = new Map(meta.thanos.files.map((file) => [file.rel_path, file.size_bytes]));
  const listed = [...size.keys()].filter((path) => path.startsWith('chunks/'));
  // Old blocks have no `files`, but the names of their segments.
  const segments = (listed.length > 0 ? listed : meta.thanos.segment_files.map((name) => `chunks/${name}`)).sort();
  return {
    ulid: meta.ulid,
    mint: meta.minTime,
    maxt: meta.maxTime,
    resolutionMs: meta.thanos.downsample.resolution,
    labels: [...meta.thanos.labels],
    seriesCount: meta.stats.numSeries,
    indexBytes: size.get('index') ?? 0,
    segmentNames: segments,
    segmentBytes: segments.map((path) => size.get(path)),
  };
}

/** Fails when the bucket lacks segment files of a block; which there must be, meta.json tells by name or by having chunks at all. */
async function requireSegments(bucket: Bucket, meta: Meta, signal: AbortSignal): Promise<void> {
  const found = new Set<string>();
  for await (const { name } of bucket.list(`${meta.ulid}/chunks/`, { signal })) found.add(name);
  const { segmentNames } = snapshotOf(meta);
  const missing = segmentNames.filter((name) => !found.has(`${meta.ulid}/${name}`));
  if (segmentNames.length === 0 && found.size === 0 && meta.stats.numChunks > 0) missing.push('chunks/000001');
  if (missing.length === 0) return;
  throw new TsanosError(
    'corrupt',
    'missing-object',
    `block ${meta.ulid}: ${missing.join(', ')} missing in the bucket: upload it again, or delete the block`,
    { block: meta.ulid },
  );
}

function syncMetrics(metrics: ComponentModules['metrics']): {
  loads: CounterCell;
  loadFailures: CounterCell;
  drops: CounterCell;
  dropFailures: CounterCell;
  loaded: GaugeCell;
  lastLoaded: GaugeCell;
} {
  const prefix = 'thanos_bucket_store_';
  const counter = (name: string, help: string): CounterCell => metrics.counter(`${prefix}${name}_total`, help).labels();
  return {
    loads: counter('block_loads', 'Blocks that were to be loaded.'),
    loadFailures: counter('block_load_failures', 'Blocks that could not be loaded.'),
    drops: counter('block_drops', 'Blocks that were dropped.'),
    dropFailures: counter('block_drop_failures', 'Blocks whose folder could not be removed.'),
    loaded: metrics.gauge(`${prefix}blocks_loaded`, 'Blocks that are served.').labels(),
    lastLoaded: metrics
      .gauge(`${prefix}blocks_last_loaded_timestamp_seconds`, 'When the list of blocks was last brought up to date.')
      .labels(),
  };
}
