/** Names of the snapshots that main publishes to the querier's engines. */
export const CONFIG_SNAPSHOT = 'query.config';
export const ENDPOINTS_SNAPSHOT = 'query.endpoints';

type Pairs = readonly (readonly [string, string])[];

/** TLS texts of a channel; plain data. */
export interface ChannelTls {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string;
  readonly insecureSkipVerify: boolean;
  readonly minVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
}

/** How to reach an endpoint. */
export interface ChannelSpec {
  readonly address: string;
  readonly tls: ChannelTls | undefined;
  readonly compression: 'none' | 'snappy';
}

/** An endpoint that may be asked, as it crosses threads. */
export interface EndpointSnapshot {
  readonly channel: ChannelSpec;
  readonly labelSets: readonly Pairs[];
  /** Those that `--selector.relabel-config` kept, where it left some out. */
  readonly keptLabelSets: readonly Pairs[] | undefined;
  readonly mint: number;
  readonly maxt: number;
  readonly supportsSharding: boolean;
  readonly supportsWithoutReplicaLabels: boolean;
}

export interface EndpointsSnapshot {
  readonly version: number;
  readonly endpoints: readonly EndpointSnapshot[];
}

/** What an engine needs to know once. */
export interface QueryEngineConfig {
  readonly responseTimeoutMs: number;
  readonly selectorLabels: Pairs;
  readonly dedupFunc: 'penalty' | 'chain';
  /** Features by Prometheus' names. */
  readonly features: readonly string[];
  readonly lookbackMs: number;
  readonly defaultSubqueryStepMs: number;
  readonly maxSamples: number;
  /** Of Series calls to this querier; 0 = none. */
  readonly requestLimits: { readonly series: number; readonly samples: number };
}
