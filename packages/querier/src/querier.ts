import { INT64_MAX, INT64_MIN, TsanosError, type Metric, type GaugeCell } from '@tsanos/bytes';
import { Labels, type RelabelConfig } from '@tsanos/model';
import { Channel } from '@tsanos/rpc';
import type { SourceInfo } from '@tsanos/series';
import {
  loadClientTls,
  grpcServerSettings,
  GRPC_SERVER_OPTIONS,
  periodically,
  type ClientTlsMaterial,
  type Component,
  type ComponentModules,
  type OptionValues,
} from '@tsanos/runtime';
import {
  ColdClient,
  GrpcEndpoint,
  infoMessage,
  infoService,
  peerInfo,
  poolStoreCalls,
  proxyInfo,
  relayStoreService,
  type PeerInfo,
} from '@tsanos/storeapi';
import { ActiveQueryLog } from './api/active-queries.ts';
import { QueryGate } from './api/gate.ts';
import { apiRoutes } from './api/routes.ts';
import type { QueryDefaults } from './api/tasks.ts';
import {
  CONFIG_SNAPSHOT,
  ENDPOINTS_SNAPSHOT,
  type EndpointSnapshot,
  type EndpointsSnapshot,
  type QueryEngineConfig,
} from './engine/snapshots.ts';
import { Discovery } from './endpoints/discovery.ts';
import { EndpointSet, type EndpointStatus } from './endpoints/endpoint-set.ts';
import type { ClientConfig, ResolvedEndpoint } from './endpoints/spec.ts';
import { keptLabelSets, readSelectorRules } from './endpoints/selector-rules.ts';
import { storesView } from './endpoints/stores-view.ts';
import { startPage } from './api/start-page.ts';
import type { QUERY_OPTIONS } from './options.ts';

type Options = OptionValues<typeof QUERY_OPTIONS>;

/** Ready at the latest after this time, even when no endpoint has answered. */
const READY_AFTER_MS = 30_000;
const DEFAULT_LOOKBACK_MS = 300_000;
/** Thanos has no flag for it. */
const MAX_SAMPLES = 0x7fffffff;

/** A store in this process, asked without gRPC. */
export interface LocalStore {
  readonly componentType: string;
  readonly info: () => SourceInfo;
  readonly notReady: () => string | undefined;
}

/** Makes a querier. */
export async function createQuerier(
  options: Options,
  modules: ComponentModules,
  locals: readonly LocalStore[] = [],
): Promise<Component> {
  const client = clientOfFlags(options);
  const discovery = new Discovery(
    {
      endpoints: options.get('endpoint'),
      strict: options.get('endpoint-strict'),
      sdFiles: options.get('store.sd-files'),
      sdFilesIntervalMs: options.get('store.sd-interval'),
      sdConfig: options.get('endpoint.sd-config'),
      sdConfigIntervalMs: options.get('endpoint.sd-config-reload-interval'),
      dnsIntervalMs: options.get('store.sd-dns-interval'),
      client,
    },
    modules,
  );
  await discovery.check();
  const rules = await readSelectorRules(options.get('selector.relabel-config'));
  return new Querier(options, modules, discovery, rules, locals);
}

function clientOfFlags(options: Options): ClientConfig {
  return {
    tls: options.get('grpc-client-tls-secure')
      ? {
          insecureSkipVerify: options.get('grpc-client-tls-skip-verify'),
          certFile: options.get('grpc-client-tls-cert'),
          keyFile: options.get('grpc-client-tls-key'),
          caFile: options.get('grpc-client-tls-ca'),
          minVersion: options.get('grpc-client-tls-min-version'),
        }
      : undefined,
    serverName: options.get('grpc-client-server-name'),
    compression: options.get('grpc-compression'),
  };
}

/** `name="value"` pairs of `--selector-label`. */
function selectorLabels(options: Options): Labels {
  return Labels.from(
    options.get('selector-label').map((text): [string, string] => {
      const match = /^([a-zA-Z_]\w*)=(?:"((?:[^"\\]|\\.)*)"|(.*))$/s.exec(text);
      if (match === null)
        throw new TsanosError(
          'bad-input',
          'selector-label',
          `--selector-label: ${JSON.stringify(text)} is not of the form name="value"`,
        );
      return [match[1], match[2] === undefined ? match[3] : (JSON.parse(`"${match[2]}"`) as string)];
    }),
  );
}

/** The log of `--query.active-query-path`. */
function activeQueries(options: Options, { log }: ComponentModules): ActiveQueryLog | undefined {
  const folder = options.get('query.active-query-path');
  return folder === '' ? undefined : new ActiveQueryLog(folder, options.get('query.max-concurrent'), log);
}

const CONNECTION_LABELS = ['external_labels', 'store_type', 'ip_port'] as const;
type ConnectionLabel = (typeof CONNECTION_LABELS)[number];

/** `--query.conn-metric.label`: in the order of Thanos, whatever the flag's is. */
function connectionLabels(texts: readonly string[]): readonly ConnectionLabel[] {
  const names = texts.flatMap((text) => text.split(','));
  const unknown = names.find((name) => !CONNECTION_LABELS.some((label) => label === name));
  if (unknown !== undefined) {
    throw new TsanosError(
      'bad-input',
      'connection-label',
      `--query.conn-metric.label: ${JSON.stringify(unknown)} is none of ${CONNECTION_LABELS.join(', ')}`,
    );
  }
  return CONNECTION_LABELS.filter((label) => names.includes(label));
}

/** PromQL over many StoreAPIs. The main thread keeps the endpoints and admits queries; workers answer them. */
class Querier implements Component {
  readonly name = 'query';
  readonly #options: Options;
  readonly #modules: ComponentModules;
  readonly #set: EndpointSet;
  readonly #locals: readonly LocalStore[];
  readonly #selectorRules: readonly RelabelConfig[];
  readonly #selectorLabels: Labels;
  readonly #infoChannels = new Map<string, { channel: Channel; tls: ClientTlsMaterial | undefined }>();
  readonly #connections: Metric<GaugeCell>;
  readonly #connectionLabels: readonly ConnectionLabel[];
  readonly #active: ActiveQueryLog | undefined;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[] = [];
  readonly #startedMs = Date.now();
  #published = -1;
  #waiting: string | undefined = 'the endpoints have not been looked up yet';
  #grpc: GrpcEndpoint | undefined;

  constructor(
    options: Options,
    modules: ComponentModules,
    discovery: Discovery,
    selectorRules: readonly RelabelConfig[],
    locals: readonly LocalStore[],
  ) {
    this.#options = options;
    this.#modules = modules;
    this.#locals = locals;
    this.#selectorRules = selectorRules;
    this.#selectorLabels = selectorLabels(options);
    this.#connectionLabels = connectionLabels(options.get('query.conn-metric.label'));
    this.#connections = modules.metrics.gauge(
      'thanos_store_nodes_grpc_connections',
      'Endpoints that may be asked, by what they announce.',
      this.#connectionLabels,
    );
    this.#set = new EndpointSet({
      resolve: () => discovery.resolve(),
      fetchInfo: (endpoint, signal) => this.#fetchInfo(endpoint, signal),
      infoTimeoutMs: options.get('endpoint.info-timeout'),
      unhealthyTimeoutMs: options.get('store.unhealthy-timeout'),
      logger: modules.log,
      now: Date.now,
    });
    this.#active = activeQueries(options, modules);
    this.#addRoutes();
  }

  notReady(): string | undefined {
    return this.#waiting ?? this.#locals.map((store) => store.notReady()).find((waiting) => waiting !== undefined);
  }

  async start(outer: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([outer, this.#stopping.signal]);
    this.#modules.pool.publish(CONFIG_SNAPSHOT, this.#engineConfig());
    this.#modules.pool.publish(ENDPOINTS_SNAPSHOT, { version: -1, endpoints: [] } satisfies EndpointsSnapshot);
    const log = this.#modules.log;
    const first = this.#update(signal);
    this.#loops.push(
      first.then(() =>
        periodically(
          (s) => this.#update(s),
          {
            intervalMs: this.#options.get('endpoint.info-timeout'),
            immediately: false,
            log,
            what: 'updating endpoints',
          },
          signal,
        ),
      ),
    );
    const limitMs = this.#options.get('store.response-timeout') || READY_AFTER_MS;
    await Promise.race([first, new Promise((resolve) => setTimeout(resolve, limitMs).unref())]);
    await this.#listen(signal);
    this.#waiting = undefined;
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#waiting = 'shutting down';
    this.#stopping.abort();
    await this.#grpc?.shutdown(signal);
    await Promise.all(this.#loops);
    for (const { channel } of this.#infoChannels.values()) channel.close();
    this.#active?.close();
  }

  #addRoutes(): void {
    const { http, pool, metrics, flags, build } = this.#modules;
    const options = this.#options;
    const prefix = trimmedPrefix(options.get('web.route-prefix') || options.get('web.external-prefix'));
    const span = metrics
      .histogram(
        'thanos_query_range_requested_timespan_duration_seconds',
        'Time range of range queries.',
        [900, 3600, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 15_552_000, 31_536_000],
      )
      .labels();
    const routes = apiRoutes(prefix, {
      pool,
      active: this.#active,
      gate: new QueryGate(options.get('query.max-concurrent'), metrics),
      maxWorkers: options.get('query.max-workers'),
      defaults: this.#defaults(),
      tenants: {
        header: options.get('query.tenant-header').toLowerCase(),
        defaultTenant: options.get('query.default-tenant-id'),
        certificateField: options.get('query.tenant-certificate-field'),
        enforcedLabel: options.get('query.enforce-tenancy') ? options.get('query.tenant-label-name') : undefined,
      },
      stores: () => storesView(this.#allStatuses()),
      status: {
        flags,
        build: { ...build, goVersion: '', buildUser: '', buildDate: '' },
        runtime: () => this.#runtimeInfo(),
      },
      onRange: (seconds) => span.observe(seconds),
      now: Date.now,
    });
    for (const route of routes) http.add(route);
    http.add(startPage(prefix, () => this.#allStatuses()));
  }

  #defaults(): QueryDefaults {
    const options = this.#options;
    return {
      lookbackMs: options.get('query.lookback-delta') ?? DEFAULT_LOOKBACK_MS,
      dynamicLookback: options.get('query.dynamic-lookback-delta'),
      defaultStepMs: options.get('query.default-step'),
      timeoutMs: options.get('query.timeout'),
      autoDownsampling: options.get('query.auto-downsampling'),
      engine: options.get('query.promql-engine'),
      instantMaxResolutionMs: options.get('query.instant.default.max_source_resolution'),
      partialResponse: options.get('query.partial-response'),
      replicaLabels: options
        .get('query.replica-label')
        .flatMap((text) => text.split(','))
        .filter((label) => label !== ''),
      metadataRangeMs: options.get('query.metadata.default-time-range'),
    };
  }

  #engineConfig(): QueryEngineConfig {
    const options = this.#options;
    return {
      responseTimeoutMs: options.get('store.response-timeout'),
      selectorLabels: [...this.#selectorLabels],
      dedupFunc: options.get('deduplication.func'),
      features: options
        .get('enable-feature')
        .flatMap((text) => text.split(','))
        .filter((name) => name !== ''),
      lookbackMs: options.get('query.lookback-delta') ?? DEFAULT_LOOKBACK_MS,
      defaultSubqueryStepMs: options.get('query.default-evaluation-interval'),
      maxSamples: MAX_SAMPLES,
      requestLimits: {
        series: options.get('store.limits.request-series'),
        samples: options.get('store.limits.request-samples'),
      },
    };
  }

  async #fetchInfo(endpoint: ResolvedEndpoint, signal: AbortSignal): Promise<PeerInfo> {
    const { channel } = await this.#infoChannel(endpoint);
    return peerInfo(await new ColdClient(channel).info({ signal, waitForReady: true }));
  }

  async #infoChannel(endpoint: ResolvedEndpoint): Promise<{ channel: Channel; tls: ClientTlsMaterial | undefined }> {
    const known = this.#infoChannels.get(endpoint.address);
    if (known !== undefined) return known;
    const { tls, serverName, compression } = endpoint.client;
    const material =
      tls === undefined
        ? undefined
        : await loadClientTls(
            {
              secure: true,
              skipVerify: tls.insecureSkipVerify,
              cert: tls.certFile,
              key: tls.keyFile,
              ca: tls.caFile,
              serverName,
              minVersion: tls.minVersion,
            },
            `endpoint ${endpoint.address}`,
          );
    const made = {
      channel: new Channel(endpoint.address, {
        tls: material,
        compression,
        metrics: this.#modules.metrics,
        userAgent: 'tsanos-query',
      }),
      tls: material,
    };
    this.#infoChannels.set(endpoint.address, made);
    return made;
  }

  /** One tick: Info of all endpoints, then what may be asked goes to the workers when it changed. */
  async #update(signal: AbortSignal): Promise<void> {
    await this.#set.update(signal);
    for (const [address, { channel }] of this.#infoChannels) {
      if (this.#set.statuses().some((status) => status.endpoint.address === address)) continue;
      channel.close();
      this.#infoChannels.delete(address);
    }
    if (this.#set.version === this.#published) return;
    this.#published = this.#set.version;
    const snapshot: EndpointsSnapshot = {
      version: this.#published,
      endpoints: this.#set.queryable().flatMap((status) => this.#snapshotOf(status)),
    };
    this.#modules.pool.publish(ENDPOINTS_SNAPSHOT, snapshot);
    this.#showConnections();
  }

  #snapshotOf({ endpoint, info }: EndpointStatus): EndpointSnapshot[] {
    // An endpoint that announces no StoreAPI has no series; a strict one that never answered is taken for a store of all times.
    if (info !== undefined && info.store === undefined) return [];
    const kept = keptLabelSets(this.#selectorRules, info?.labelSets ?? []);
    if (kept === 'none') return [];
    return [
      {
        channel: {
          address: endpoint.address,
          tls: this.#infoChannels.get(endpoint.address)?.tls,
          compression: endpoint.client.compression,
        },
        labelSets: (info?.labelSets ?? []).map((labels) => [...labels]),
        keptLabelSets: kept === 'all' ? undefined : kept.map((labels) => [...labels]),
        mint: info?.store?.mint ?? INT64_MIN,
        maxt: info?.store?.maxt ?? INT64_MAX,
        supportsSharding: info?.store?.supportsSharding ?? false,
        supportsWithoutReplicaLabels: info?.store?.supportsWithoutReplicaLabels ?? false,
      },
    ];
  }

  #showConnections(): void {
    this.#connections.reset();
    for (const { endpoint, info } of this.#set.queryable()) {
      const sets = (info?.labelSets ?? [])
        .map((set) => `{${[...set].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`)
        .join(',');
      const values = {
        external_labels: sets === '' ? 'no_external_labels' : sets.slice(0, 1000),
        store_type: info?.componentType ?? 'unknown',
        ip_port: endpoint.address,
      };
      this.#connections.labels(...this.#connectionLabels.map((name) => values[name])).inc();
    }
  }

  #allStatuses(): EndpointStatus[] {
    const locals = this.#locals.map(({ componentType, info }): EndpointStatus => {
      const { labelSets, mint, maxt, tsdbInfos } = info();
      const store = { mint, maxt, supportsSharding: true, supportsWithoutReplicaLabels: true, tsdbInfos };
      return {
        endpoint: {
          address: 'in process',
          targets: [],
          strict: true,
          group: false,
          client: { tls: undefined, serverName: '', compression: 'none' },
        },
        info: {
          componentType,
          labelSets,
          store,
          rules: false,
          metadata: false,
          targets: false,
          exemplars: undefined,
          query: false,
          status: false,
        },
        lastCheckMs: Date.now(),
        lastError: undefined,
      };
    });
    return [...locals, ...this.#set.statuses()];
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const settings = grpcServerSettings(this.#options.part(GRPC_SERVER_OPTIONS));
    const grpc = new GrpcEndpoint(
      { ...settings, tls: await settings.loadTls(), log: this.#modules.log, metrics: this.#modules.metrics },
      [
        relayStoreService(poolStoreCalls(this.#modules.pool, 'query.store')),
        infoService(() => infoMessage('query', this.#info())),
      ],
    );
    await grpc.listen();
    settings.watchTls(signal, (tls) => grpc.setTls(tls));
    this.#grpc = grpc;
  }

  #info(): SourceInfo {
    const children = this.#allStatuses().flatMap(({ endpoint, info }) =>
      info?.store === undefined ? [] : [{ address: endpoint.address, labelSets: info.labelSets, ...info.store }],
    );
    return proxyInfo(children, this.#selectorLabels);
  }

  #runtimeInfo(): unknown {
    return {
      startTime: new Date(this.#startedMs).toISOString(),
      CWD: process.cwd(),
      goroutineCount: this.#modules.pool.size + 1,
      GOMAXPROCS: this.#modules.pool.size,
      GOGC: '',
      GODEBUG: '',
      GOMEMLIMIT: 0,
    };
  }
}

/** `/prefix` without a slash at its end; '' for none. */
function trimmedPrefix(text: string): string {
  const bare = text.replace(/^\/+|\/+$/g, '');
  return bare === '' ? '' : `/${bare}`;
}
