import { silentLogger, silentMetrics, TsanosError, type Logger, type MetricsRegistry } from '@tsanos/bytes';
import { isNotFound, type Bucket } from '@tsanos/objstore';
import { forEachLimit } from '../map-limit.ts';
import { META_FILE, parseMeta, type Meta } from '../meta/meta.ts';
import type { MetaFilter } from './filters.ts';
import { listBlocks, type BlockListing, type DiscoveryStrategy } from './list-blocks.ts';
import { MetaCache } from './meta-cache.ts';
import { SyncMetrics, type SyncState } from './sync-metrics.ts';

export interface MetaFetcherOptions {
  readonly bucket: Bucket;
  /** Where the disk cache lives; none without. */
  readonly dataDir?: string | undefined;
  readonly strategy?: DiscoveryStrategy;
  /** Requests under way at once. */
  readonly concurrency?: number;
  /** In order. */
  readonly filters?: readonly MetaFilter[];
  readonly metrics?: MetricsRegistry;
  readonly metricsPrefix?: string;
  readonly logger?: Logger;
  readonly now?: () => number;
}

/** What one sync found. */
export interface BlocksView {
  /** Complete blocks that passed the filters, by ULID. */
  readonly metas: ReadonlyMap<string, Meta>;
  /** Blocks without meta.json, or with one that does not decode: uploads that did not end, or deletions that did not. */
  readonly partial: ReadonlyMap<string, TsanosError>;
  /** Blocks of a version that we do not know, or whose meta.json names another block: left alone, never taken for partial ones. */
  readonly quarantined: ReadonlyMap<string, TsanosError>;
  /** Set when a meta.json could not be read: the view lacks blocks, so nothing may be deleted because of it. */
  readonly incomplete: TsanosError | undefined;
}

interface KnownMeta {
  readonly meta: Meta;
  readonly modifiedMs: number | undefined;
}

/** Keeps the view of a bucket's blocks: reads each meta.json once, then only asks whether it is still there. */
export class MetaFetcher {
  readonly #bucket: Bucket;
  readonly #options: MetaFetcherOptions;
  readonly #logger: Logger;
  readonly #metrics: SyncMetrics;
  readonly #disk: MetaCache | undefined;
  readonly #concurrency: number;
  #known = new Map<string, KnownMeta>();
  /** Partial blocks that the log has named. */
  #told: ReadonlySet<string> = new Set();

  constructor(options: MetaFetcherOptions) {
    this.#options = options;
    this.#bucket = options.bucket;
    this.#logger = options.logger ?? silentLogger;
    this.#metrics = new SyncMetrics(options.metrics ?? silentMetrics, options.metricsPrefix);
    this.#disk = options.dataDir === undefined ? undefined : new MetaCache(options.dataDir, this.#logger);
    this.#concurrency = options.concurrency ?? 32;
  }

  /** Looks at the bucket. Throws when it cannot be listed or a filter fails; a view that lacks blocks says so itself. */
  async fetch(signal?: AbortSignal): Promise<BlocksView> {
    const began = performance.now();
    this.#metrics.syncs.inc();
    try {
      const view = await this.#fetch(signal);
      if (view.incomplete !== undefined) this.#metrics.failures.inc();
      return view;
    } catch (error) {
      this.#metrics.failures.inc();
      throw error;
    } finally {
      this.#metrics.duration.observe((performance.now() - began) / 1000);
    }
  }

  async #fetch(signal: AbortSignal | undefined): Promise<BlocksView> {
    const counts = new Map<SyncState | 'replica-label-removed', number>();
    const count = (state: SyncState | 'replica-label-removed', blocks: number): void =>
      void counts.set(state, (counts.get(state) ?? 0) + blocks);
    this.#metrics.baseSyncs.inc();
    const listing = await listBlocks(this.#bucket, this.#options.strategy ?? 'concurrent', signal);
    const { metas, partial, quarantined, failures } = await this.#load(listing, signal, count);
    const context = { nowMs: (this.#options.now ?? Date.now)(), signal, objects: listing.objects, count };
    for (const filter of this.#options.filters ?? []) await filter.apply(metas, context);
    count('loaded', metas.size);
    this.#metrics.show(counts);
    return { metas, partial, quarantined, incomplete: incompleteView(failures) };
  }

  async #load(
    listing: BlockListing,
    signal: AbortSignal | undefined,
    count: (state: SyncState, blocks: number) => void,
  ) {
    const metas = new Map<string, Meta>();
    const partial = new Map<string, TsanosError>();
    const quarantined = new Map<string, TsanosError>();
    const failures: Error[] = [];
    const known = new Map<string, KnownMeta>();
    await forEachLimit(listing.ulids, this.#concurrency, async (ulid) => {
      try {
        const meta = await this.#one(ulid, listing, signal);
        known.set(ulid, { meta, modifiedMs: listing.modifiedMs.get(ulid) });
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof TsanosError && (error.code === 'no-meta' || error.code === 'corrupt-meta')) {
          partial.set(ulid, error);
          if (!this.#told.has(ulid)) this.#logger.warn('block is partial, it is skipped', { block: ulid, err: error });
          count(error.code === 'no-meta' ? 'no-meta-json' : 'corrupted-meta-json', 1);
          return;
        }
        count('failed', 1);
        if (error instanceof TsanosError && error.kind === 'unsupported') {
          quarantined.set(ulid, error);
          this.#logger.error('block is left alone', { block: ulid, err: error });
        } else failures.push(error as Error);
      }
    });
    // In order of ULIDs, whatever answered first.
    for (const ulid of listing.ulids) {
      const entry = known.get(ulid);
      if (entry !== undefined) metas.set(ulid, entry.meta);
    }
    this.#told = new Set(partial.keys());
    if (failures.length === 0) {
      this.#known = known;
      await this.#disk?.retain(known);
    } else for (const [ulid, entry] of known) this.#known.set(ulid, entry);
    return { metas, partial, quarantined, failures };
  }

  async #one(ulid: string, listing: BlockListing, signal: AbortSignal | undefined): Promise<Meta> {
    const name = `${ulid}/${META_FILE}`;
    if (listing.objects?.get(ulid)?.has(META_FILE) === false) throw noMeta(name);
    const cached = await this.#cached(ulid, listing);
    if (cached !== undefined) {
      if (listing.objects !== undefined || (await this.#bucket.exists(name, signal))) return cached;
      throw noMeta(name);
    }
    let bytes: Uint8Array;
    try {
      bytes = await this.#bucket.get(name, signal);
    } catch (error) {
      if (isNotFound(error)) throw noMeta(name, error);
      throw error;
    }
    const meta = decode(bytes, ulid, name);
    await this.#disk?.put(meta);
    return meta;
  }

  async #cached(ulid: string, listing: BlockListing): Promise<Meta | undefined> {
    const modifiedMs = listing.modifiedMs.get(ulid);
    const known = this.#known.get(ulid);
    if (known === undefined) return this.#disk?.get(ulid);
    if (modifiedMs === undefined || known.modifiedMs === modifiedMs) return known.meta;
    this.#metrics.cacheBusts.inc();
    return undefined;
  }
}

function decode(bytes: Uint8Array, ulid: string, name: string): Meta {
  let meta: Meta;
  try {
    meta = parseMeta(bytes);
  } catch (error) {
    if (!(error instanceof TsanosError)) throw error;
    const code = error.kind === 'unsupported' ? error.code : 'corrupt-meta';
    throw new TsanosError(error.kind, code, `${name}: ${error.message}`, { ...error.fields, block: ulid }, error);
  }
  // Readers trust the folder's name; a file that names another block is a copy gone wrong. It is not partial: nobody may delete it for that.
  if (meta.ulid !== ulid)
    throw new TsanosError('unsupported', 'meta-of-other-block', `${name} is of block ${meta.ulid}`, { block: ulid });
  return meta;
}

function noMeta(name: string, cause?: unknown): TsanosError {
  return new TsanosError(
    'not-found',
    'no-meta',
    `${name} is not there: an upload or a deletion that did not end`,
    {},
    cause,
  );
}

function incompleteView(failures: readonly Error[]): TsanosError | undefined {
  if (failures.length === 0) return undefined;
  const message = `incomplete view: ${failures.length} meta.json files could not be read; the first: ${failures[0].message}`;
  return new TsanosError('retryable', 'incomplete-view', message, { failures: failures.length }, failures[0]);
}
