import type { Label } from '@tsanos/model';
import { Labels } from '@tsanos/model';

// Shapes of the cold messages, with the names of the .proto files. What a decoder returns has every field: scalars at their
// default, sub-messages null, oneof members absent. An encoder takes any part of it.

export interface WireLabel {
  name: string;
  value: string;
}
export interface WireLabelSet {
  labels: WireLabel[];
}
export interface WireMatcher {
  /** 0 `=`, 1 `!=`, 2 `=~`, 3 `!~`. */
  type: number;
  name: string;
  value: string;
}
export interface WireAny {
  type_url: string;
  value: Uint8Array;
}
export interface WireTimestamp {
  seconds: number;
  nanos: number;
}

/** What an encoder takes for `T`. */
export type Partially<T> = T extends Uint8Array | string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer E)[]
    ? readonly Partially<E>[]
    : { [K in keyof T]?: Partially<T[K]> | undefined };

export interface WireQueryHints {
  step_millis: number;
  func: { name: string } | null;
  grouping: { by: boolean; labels: string[] } | null;
  range: { millis: number } | null;
  projection_labels: string[];
  projection_include: boolean;
  series_hash_label_name: string;
}
export interface WireShardInfo {
  shard_index: number;
  total_shards: number;
  by: boolean;
  labels: string[];
}
export interface WireSeriesRequest {
  min_time: number;
  max_time: number;
  matchers: WireMatcher[];
  max_resolution_window: number;
  aggregates: number[];
  partial_response_disabled: boolean;
  partial_response_strategy: number;
  skip_chunks: boolean;
  hints: WireAny | null;
  step: number;
  range: number;
  query_hints: WireQueryHints | null;
  shard_info: WireShardInfo | null;
  without_replica_labels: string[];
  limit: number;
  response_batch_size: number;
}
export interface WireLabelNamesRequest {
  partial_response_disabled: boolean;
  partial_response_strategy: number;
  start: number;
  end: number;
  hints: WireAny | null;
  matchers: WireMatcher[];
  without_replica_labels: string[];
  limit: number;
}
export interface WireLabelNamesResponse {
  names: string[];
  warnings: string[];
  hints: WireAny | null;
}
export interface WireLabelValuesRequest extends WireLabelNamesRequest {
  label: string;
}
export interface WireLabelValuesResponse {
  values: string[];
  warnings: string[];
  hints: WireAny | null;
}

export interface WireTsdbInfo {
  labels: WireLabelSet | null;
  min_time: number;
  max_time: number;
}
export interface WireStoreInfo {
  min_time: number;
  max_time: number;
  supports_sharding: boolean;
  supports_without_replica_labels: boolean;
  tsdb_infos: WireTsdbInfo[];
  supports_projections: boolean;
}
/** `null` of an API means that it is not served. */
export interface InfoResponse {
  label_sets: WireLabelSet[];
  ComponentType: string;
  store: WireStoreInfo | null;
  rules: object | null;
  metric_metadata: object | null;
  targets: object | null;
  exemplars: { min_time: number; max_time: number } | null;
  query: object | null;
  status: object | null;
}

export interface RulesRequest {
  /** 0 all, 1 alerts, 2 recording rules. */
  type: number;
  partial_response_strategy: number;
  matcher_string: string[];
  rule_name: string[];
  rule_group: string[];
  file: string[];
}
export interface AlertInstance {
  labels: WireLabelSet | null;
  annotations: WireLabelSet | null;
  /** 0 unknown, 1 inactive, 2 pending, 3 firing. */
  state: number;
  active_at: WireTimestamp | null;
  value: string;
  PartialResponseStrategy: number;
}
export interface AlertingRule {
  state: number;
  name: string;
  query: string;
  duration_seconds: number;
  labels: WireLabelSet | null;
  annotations: WireLabelSet | null;
  alerts: AlertInstance[];
  health: string;
  last_error: string;
  evaluation_duration_seconds: number;
  last_evaluation: WireTimestamp | null;
  keep_firing_for_seconds: number;
}
export interface RecordingRule {
  name: string;
  query: string;
  labels: WireLabelSet | null;
  health: string;
  last_error: string;
  evaluation_duration_seconds: number;
  last_evaluation: WireTimestamp | null;
}
export interface WireRule {
  recording?: RecordingRule;
  alert?: AlertingRule;
}
export interface RuleGroup {
  name: string;
  file: string;
  rules: WireRule[];
  interval: number;
  evaluation_duration_seconds: number;
  last_evaluation: WireTimestamp | null;
  PartialResponseStrategy: number;
  limit: number;
}
export interface RulesResponse {
  group?: RuleGroup;
  warning?: string;
}

export interface TargetsRequest {
  /** 0 any, 1 active, 2 dropped. */
  state: number;
  partial_response_strategy: number;
}
export interface ActiveTarget {
  discoveredLabels: WireLabelSet | null;
  labels: WireLabelSet | null;
  scrapePool: string;
  scrapeUrl: string;
  globalUrl: string;
  lastError: string;
  lastScrape: WireTimestamp | null;
  lastScrapeDuration: number;
  /** 0 down, 1 up, 2 unknown. */
  health: number;
}
export interface TargetDiscovery {
  activeTargets: ActiveTarget[];
  droppedTargets: { discoveredLabels: WireLabelSet | null }[];
}
export interface TargetsResponse {
  targets?: TargetDiscovery;
  warning?: string;
}

export interface MetricMetadataRequest {
  metric: string;
  limit: number;
  partial_response_strategy: number;
}
export interface MetricMeta {
  type: string;
  help: string;
  unit: string;
}
export interface MetricMetadataResponse {
  metadata?: { metadata: Record<string, { metas: MetricMeta[] }> };
  warning?: string;
}

export interface ExemplarsRequest {
  query: string;
  start: number;
  end: number;
  partial_response_strategy: number;
}
export interface ExemplarData {
  seriesLabels: WireLabelSet | null;
  exemplars: { labels: WireLabelSet | null; value: number; ts: number }[];
}
export interface ExemplarsResponse {
  data?: ExemplarData;
  warning?: string;
}

export interface TsdbStatisticsRequest {
  tenant: string;
  limit: number;
  partial_response_strategy: number;
  matchers: WireMatcher[];
}
export interface WireStatistic {
  name: string;
  value: number;
}
export interface TsdbStatisticsEntry {
  head_statistics: {
    num_series: number;
    num_label_pairs: number;
    chunk_count: number;
    min_time: number;
    max_time: number;
  } | null;
  series_count_by_metric_name: WireStatistic[];
  label_value_count_by_label_name: WireStatistic[];
  memory_in_bytes_by_label_name: WireStatistic[];
  series_count_by_label_value_pair: WireStatistic[];
}
export interface TsdbStatisticsResponse {
  statistics?: { statistics: Record<string, TsdbStatisticsEntry> };
  warning?: string;
}

/** The zero of Go's `time.Time`, which stands for "never". */
export const ZERO_TIME: WireTimestamp = { seconds: -62135596800, nanos: 0 };

export function timestampFromMs(ms: number): WireTimestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

export function timestampToMs(time: WireTimestamp): number {
  return time.seconds * 1000 + time.nanos / 1e6;
}

/** Sorted by name, whatever the order on the wire. */
export function labelsFromWire(set: { labels: readonly { name: string; value: string }[] } | null | undefined): Labels {
  return Labels.from((set?.labels ?? []).map(({ name, value }): Label => [name, value]));
}

export function labelsToWire(labels: Labels): WireLabelSet {
  return { labels: Array.from(labels, ([name, value]) => ({ name, value })) };
}
