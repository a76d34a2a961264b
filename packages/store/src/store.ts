import { setTimeout as sleep } from 'node:timers/promises';
import { TsanosError } from '@tsanos/bytes';
import { createRelabelConfig, type RelabelConfig } from '@tsanos/model';
import { createBucket, parseBucketConfig, type Bucket, type BucketConfig } from '@tsanos/objstore';
import { RpcError, Status } from '@tsanos/rpc';
import type { SourceInfo } from '@tsanos/series';
import {
  grpcServerSettings,
  GRPC_SERVER_OPTIONS,
  parseYamlConfig,
  periodically,
  type Component,
  type ComponentModules,
  type OptionValues,
} from '@tsanos/runtime';
import {
  GrpcEndpoint,
  infoMessage,
  infoService,
  poolStoreCalls,
  relayStoreService,
  type RemoteStoreCalls,
} from '@tsanos/storeapi';
import { z } from 'zod';
import { blockRoutes } from './block-routes.ts';
import { BlockSync } from './block-sync.ts';
import { CONFIG_SNAPSHOT, type StoreEngineConfig } from './engine/snapshots.ts';
import type { STORE_OPTIONS } from './options.ts';
import { SeriesGate } from './series-gate.ts';
import { storeInfo } from './store-info.ts';

type Options = OptionValues<typeof STORE_OPTIONS>;

/** Pause after a first sync that failed; twice as long after each further one, up to the most. */
const FIRST_SYNC_RETRY_MS = 1000;
const FIRST_SYNC_RETRY_MOST_MS = 15_000;

/** Makes the store gateway of one bucket. */
export async function createStore(options: Options, modules: ComponentModules): Promise<Component> {
  const bucketOption = options.get('objstore.config');
  const config = parseBucketConfig(await bucketOption.read(), bucketOption.source);
  return new StoreGateway(options, modules, config, await selectorRules(options), true);
}

/** The same within a process that has a gRPC listener of its own (`tsanos all`). */
export async function createInnerStore(
  options: Options,
  modules: ComponentModules,
  config: BucketConfig,
): Promise<StoreGateway> {
  return new StoreGateway(options, modules, config, await selectorRules(options), false);
}

const relabelRules = z.array(z.looseObject({ action: z.string().optional() }));

/** `--selector.relabel-config`: only keep, drop and hashmod mean something for whole blocks. */
async function selectorRules(options: Options): Promise<RelabelConfig[]> {
  const option = options.get('selector.relabel-config');
  const text = await option.read();
  if (text === '') return [];
  const rules = parseYamlConfig(text, relabelRules, option.source);
  return rules.map((rule, i) => {
    const config = relabelRule(rule, `${option.source}: rule ${i + 1}`);
    if (config.action !== 'keep' && config.action !== 'drop' && config.action !== 'hashmod') {
      throw new TsanosError(
        'bad-input',
        'selector-action',
        `${option.source}: rule ${i + 1}: action ${config.action} is not supported here: use keep, drop or hashmod`,
      );
    }
    return config;
  });
}

function relabelRule(rule: Parameters<typeof createRelabelConfig>[0], where: string): RelabelConfig {
  try {
    return createRelabelConfig(rule);
  } catch (error) {
    if (!(error instanceof TsanosError)) throw error;
    throw new TsanosError('bad-input', error.code, `${where}: ${error.message}`, error.fields, error);
  }
}

/** Answers for the blocks of a bucket. The main thread keeps the list of blocks; workers read them. */
export class StoreGateway implements Component {
  readonly name = 'store';
  readonly #options: Options;
  readonly #modules: ComponentModules;
  readonly #config: BucketConfig;
  readonly #bucket: Bucket;
  readonly #sync: BlockSync;
  readonly #ownListener: boolean;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #waiting: string | undefined = 'the first sync of blocks has not ended';
  #grpc: GrpcEndpoint | undefined;

  constructor(
    options: Options,
    modules: ComponentModules,
    config: BucketConfig,
    relabel: readonly RelabelConfig[],
    ownListener: boolean,
  ) {
    this.#options = options;
    this.#ownListener = ownListener;
    this.#modules = modules;
    this.#config = config;
    this.#bucket = createBucket(config, { metrics: modules.metrics });
    const strategy = options.get('block-discovery-strategy');
    if (strategy !== 'concurrent' && strategy !== 'recursive') {
      throw new TsanosError(
        'bad-input',
        'block-discovery-strategy',
        `--block-discovery-strategy: ${strategy} is unknown: use concurrent or recursive`,
      );
    }
    this.#sync = new BlockSync(
      {
        dataDir: options.get('data-dir'),
        strategy,
        fetchConcurrency: options.get('block-meta-fetch-concurrency'),
        loadConcurrency: options.get('block-sync-concurrency'),
        consistencyDelayMs: options.get('consistency-delay'),
        ignoreDeletionMarksDelayMs: options.get('ignore-deletion-marks-delay'),
        relabel,
        minTime: options.get('min-time'),
        maxTime: options.get('max-time'),
        eagerHeaders: options.get('store.index-header-lazy-download-strategy') !== 'lazy',
      },
      modules,
      this.#bucket,
    );
    for (const route of blockRoutes({
      label: options.get('bucket-web-label') ?? '',
      sync: this.#sync,
      bucket: this.#bucket,
      adminDisabled: options.get('disable-admin-operations'),
      status: ownListener ? { flags: modules.flags, build: modules.build } : undefined,
    })) {
      modules.http.add(route);
    }
  }

  notReady(): string | undefined {
    return this.#waiting;
  }

  /** What this store holds, for Info. */
  info(): SourceInfo {
    const now = Date.now();
    return storeInfo(
      this.#sync.blocks.values(),
      this.#options.get('min-time').at(now),
      this.#options.get('max-time').at(now),
    );
  }

  async start(outer: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([outer, this.#stopping.signal]);
    this.#modules.pool.publish(CONFIG_SNAPSHOT, this.#engineConfig());
    await this.#firstSync(signal);
    if (this.#ownListener) await this.#listen(signal);
    this.#waiting = undefined;
    const intervalMs = this.#options.get('sync-block-duration');
    this.#loops.push(
      periodically(
        (s) => this.#sync.sync(s),
        { intervalMs, immediately: false, log: this.#modules.log, what: 'syncing blocks' },
        signal,
      ),
    );
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const settings = grpcServerSettings(this.#options.part(GRPC_SERVER_OPTIONS));
    const grpc = new GrpcEndpoint(
      { ...settings, tls: await settings.loadTls(), log: this.#modules.log, metrics: this.#modules.metrics },
      [relayStoreService(this.#calls()), infoService(() => this.#infoMessage())],
    );
    await grpc.listen();
    settings.watchTls(signal, (tls) => grpc.setTls(tls));
    this.#grpc = grpc;
  }

  /** Calls go to the workers, Series calls through the gate. */
  #calls(): RemoteStoreCalls {
    const calls = poolStoreCalls(this.#modules.pool, 'store');
    const gate = new SeriesGate(this.#options.get('store.grpc.series-max-concurrency'), this.#modules.metrics);
    return { ...calls, series: (request, call) => gate.stream(call.signal, () => calls.series(request, call)) };
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#waiting = 'shutting down';
    this.#stopping.abort();
    await this.#grpc?.shutdown(signal);
    await Promise.all(this.#loops);
    await this.#bucket.close();
  }

  #infoMessage(): ReturnType<typeof infoMessage> {
    if (this.#waiting !== undefined) throw new RpcError(Status.UNAVAILABLE, `store is not ready: ${this.#waiting}`);
    return infoMessage('store', this.info());
  }

  /** Tries until the bucket answers. An unreachable bucket makes the store not ready; it does not end it. */
  async #firstSync(signal: AbortSignal): Promise<void> {
    for (let pauseMs = FIRST_SYNC_RETRY_MS; ; pauseMs = Math.min(2 * pauseMs, FIRST_SYNC_RETRY_MOST_MS)) {
      try {
        await this.#sync.sync(signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        const text = error instanceof Error ? error.message : String(error);
        this.#waiting = `the first sync of blocks failed: ${text}`;
        this.#modules.log.warn('first sync of blocks failed, it will be tried again', {
          err: text,
          bucket: this.#bucket.name,
        });
      }
      await sleep(pauseMs, undefined, { signal });
    }
  }

  #engineConfig(): StoreEngineConfig {
    const options = this.#options;
    const indexCacheBytes = options.get('index-cache-size');
    const now = Date.now();
    return {
      bucket: this.#config,
      dataDir: options.get('data-dir'),
      // One budget for both: what queries read again is index and chunks alike. A local folder is cached by the system already.
      indexCacheBytes: indexCacheBytes / 2,
      chunkCacheBytes: this.#config.type === 'FILESYSTEM' ? 0 : indexCacheBytes / 2,
      headerIdleMs: options.get('store.enable-index-header-lazy-reader')
        ? options.get('store.index-header-lazy-reader-idle-timeout')
        : Infinity,
      limits: {
        series: options.get('store.limits.request-series') || options.get('store.grpc.touched-series-limit'),
        samples: options.get('store.limits.request-samples') || options.get('store.grpc.series-sample-limit'),
        downloadedBytes: options.get('store.grpc.downloaded-bytes-limit'),
      },
      mint: options.get('min-time').at(now),
      maxt: options.get('max-time').at(now),
    };
  }
}
