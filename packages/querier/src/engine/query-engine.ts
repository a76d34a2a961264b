import { Labels } from '@tsanos/model';
import type { SeriesSource, SourceInfo } from '@tsanos/series';
import type { WorkerEnv } from '@tsanos/runtime';
import { ProxySource, RemoteSource, type ProxyEndpoint } from '@tsanos/storeapi';
import { Channels } from './channels.ts';
import { CONFIG_SNAPSHOT, ENDPOINTS_SNAPSHOT, type EndpointsSnapshot, type QueryEngineConfig } from './snapshots.ts';

/** A source in this thread that is asked without gRPC (`tsanos all`). */
export interface LocalSource {
  readonly source: SeriesSource;
  /** What it holds now. */
  readonly info: () => SourceInfo;
}

/** The querier on one thread: connections to the endpoints that main published last, and the fan-out over them. */
export class QueryEngine {
  readonly #channels: Channels;
  readonly #locals: readonly LocalSource[];
  #endpoints: readonly ProxyEndpoint[] = [];
  #config: QueryEngineConfig | undefined;
  #proxy: ProxySource | undefined;

  constructor(env: WorkerEnv, locals: readonly LocalSource[]) {
    this.#channels = new Channels(env.metrics);
    this.#locals = locals;
    env.onSnapshot<QueryEngineConfig>(CONFIG_SNAPSHOT, (config) => this.#configure(config));
    env.onSnapshot<EndpointsSnapshot>(ENDPOINTS_SNAPSHOT, (snapshot) => this.#connect(snapshot));
  }

  get config(): QueryEngineConfig {
    if (this.#config === undefined) throw new Error('the querier has not been configured');
    return this.#config;
  }

  /** The fan-out over all endpoints. */
  get proxy(): ProxySource {
    if (this.#proxy === undefined) throw new Error('the querier has not been configured');
    return this.#proxy;
  }

  close(): Promise<void> {
    this.#channels.close();
    return Promise.resolve();
  }

  #configure(config: QueryEngineConfig): void {
    this.#config = config;
    this.#proxy = new ProxySource({
      endpoints: () => [...this.#local(), ...this.#endpoints],
      selectorLabels: Labels.fromSorted(config.selectorLabels),
    });
  }

  #local(): ProxyEndpoint[] {
    return this.#locals.map(({ source, info }) => {
      const { labelSets, mint, maxt } = info();
      return { address: '', source, labelSets, mint, maxt, supportsSharding: true, supportsWithoutReplicaLabels: true };
    });
  }

  #connect(snapshot: EndpointsSnapshot): void {
    this.#endpoints = snapshot.endpoints.map(({ channel, labelSets, keptLabelSets, ...rest }) => ({
      ...rest,
      address: channel.address,
      labelSets: labelSets.map((pairs) => Labels.fromSorted(pairs)),
      keptLabelSets: keptLabelSets?.map((pairs) => Labels.fromSorted(pairs)),
      source: new RemoteSource(this.#channels.get(channel), {
        name: channel.address,
        responseTimeoutMs: this.#config?.responseTimeoutMs ?? 0,
      }),
    }));
    this.#channels.retain(snapshot.endpoints.map((endpoint) => endpoint.channel));
  }
}
