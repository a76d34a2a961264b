import { ApiError, invalidParameter } from './api-error.ts';
import { MAX_TIME, MIN_TIME, timeOfMs } from './api-time.ts';
import {
  limitOf,
  lookbackDelta,
  optionalBool,
  optionalDuration,
  optionalTime,
  requiredStep,
  requiredTime,
  type Params,
} from './params.ts';
import { choosesResolution, dynamicLookback, maxSourceResolution } from '../resolution.ts';

/** What the flags say about how queries are read; fixed while the process runs. */
export interface QueryDefaults {
  readonly lookbackMs: number;
  readonly dynamicLookback: boolean;
  /** Floor of a range query's step when it names none. */
  readonly defaultStepMs: number;
  readonly timeoutMs: number;
  readonly autoDownsampling: boolean;
  /** Of queries that name none. */
  readonly engine: 'prometheus' | 'thanos';
  readonly instantMaxResolutionMs: number;
  readonly partialResponse: boolean;
  readonly replicaLabels: readonly string[];
  /** Range of label and series calls without a start; 0 = all time. */
  readonly metadataRangeMs: number;
}

/** How series are fetched and merged: the part that all kinds of calls share. */
export interface FetchSettings {
  readonly partialResponse: boolean;
  readonly replicaLabels: readonly string[];
  readonly dedup: boolean;
  /** `storeMatch[]` texts: selectors on `__address__`. */
  readonly storeMatch: readonly string[];
  readonly tenant: string;
  /** Matcher put on every selector where tenancy is enforced. */
  readonly tenantLabel: string | undefined;
}

/** One PromQL query; everything a worker needs, and nothing that cannot cross threads. */
export interface QueryTask extends FetchSettings {
  readonly kind: 'instant' | 'range';
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** 0 for instant queries. */
  readonly stepMs: number;
  readonly lookbackMs: number;
  readonly timeoutMs: number;
  readonly maxResolutionMs: number;
  /** The answer says so when downsampled data was taken, as the resolution was not the caller's choice. */
  readonly notesResolution: boolean;
  readonly limit: number;
  readonly stats: '' | 'basic' | 'all';
  readonly analyze: boolean;
  /** Both names mean the one engine there is; but Thanos explains and analyzes for its own only. */
  readonly engine: 'prometheus' | 'thanos';
  readonly shard: { index: number; total: number; by: boolean; labels: string[] } | undefined;
}

/** `/series`, `/labels` and label values. */
export interface MetadataTask extends FetchSettings {
  readonly kind: 'series' | 'labels' | 'label_values';
  /** Label of `label_values`, else ''. */
  readonly label: string;
  readonly match: readonly string[];
  readonly mint: number;
  readonly maxt: number;
  readonly limit: number;
}

/** A finished answer: main only sends it. */
export interface Answer {
  readonly status: number;
  /** In parts, one after the other. */
  readonly body: readonly Uint8Array[];
  /** Errors and partial answers must not be cached. */
  readonly noStore: boolean;
}

/** Who asks, found by main. */
export interface Caller {
  readonly tenant: string;
  readonly tenantLabel: string | undefined;
}

/** Most points of one series in a range query. */
const MAX_POINTS = 11_000;
const MAX_DURATION_MS = 9_223_372_036_854;

/** Reads the parameters of `/api/v1/query`. */
export function instantTask(params: Params, defaults: QueryDefaults, caller: Caller, nowMs: number): QueryTask {
  const limit = limitOf(params);
  const timeMs = optionalTime(params, 'time', timeOfMs(nowMs)).queryMs;
  const maxResolutionMs = maxSourceResolution(params, defaults.autoDownsampling, defaults.instantMaxResolutionMs);
  return {
    kind: 'instant',
    query: params.get('query'),
    startMs: timeMs,
    endMs: timeMs,
    stepMs: 0,
    limit,
    maxResolutionMs,
    notesResolution: choosesResolution(params, defaults.autoDownsampling),
    ...queryPart(params, defaults, maxResolutionMs),
    ...fetchPart(params, defaults, caller),
  };
}

/** Reads the parameters of `/api/v1/query_range`. */
export function rangeTask(params: Params, defaults: QueryDefaults, caller: Caller): QueryTask {
  const limit = limitOf(params);
  const start = requiredTime(params, 'start');
  const end = requiredTime(params, 'end');
  if (end.seconds < start.seconds) throw invalidParameter('end', 'end timestamp must not be before start time');
  // Go's durations end at 292 years.
  const lengthMs = Math.min(MAX_DURATION_MS, Math.round((end.seconds - start.seconds) * 1000));
  const exactStepMs = requiredStep(params, params.get('step') === '' ? defaultStep(lengthMs, defaults) : undefined);
  if (Math.floor(lengthMs / exactStepMs) > MAX_POINTS) {
    throw new ApiError(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  // Prometheus cuts steps to whole ms, and divides by zero below one; there we say what is wrong.
  const stepMs = Math.trunc(exactStepMs);
  if (stepMs < 1) throw new ApiError('execution', 'the step is shorter than 1ms; try a longer one');
  const { queryMs: startMs } = start;
  const { queryMs: endMs } = end;
  const maxResolutionMs = maxSourceResolution(params, defaults.autoDownsampling, Math.trunc(stepMs / 5));
  return {
    kind: 'range',
    query: params.get('query'),
    startMs,
    endMs,
    stepMs,
    limit,
    maxResolutionMs,
    notesResolution: choosesResolution(params, defaults.autoDownsampling),
    ...queryPart(params, defaults, maxResolutionMs),
    ...fetchPart(params, defaults, caller),
  };
}

/** Thanos' default step: 250 points, in whole seconds as the range's are, but not below the flag's. */
function defaultStep(lengthMs: number, defaults: QueryDefaults): number {
  return Math.max(Math.trunc(lengthMs / 250_000) * 1000, defaults.defaultStepMs);
}

function queryPart(
  params: Params,
  defaults: QueryDefaults,
  maxResolutionMs: number,
): Pick<QueryTask, 'lookbackMs' | 'timeoutMs' | 'stats' | 'analyze' | 'engine' | 'shard'> {
  const timeoutMs = optionalDuration(params, 'timeout');
  const lookbackMs = lookbackDelta(params);
  const engine = params.get('engine') || defaults.engine;
  if (engine !== 'prometheus' && engine !== 'thanos') {
    throw new ApiError('bad_data', `'${engine}' bad engine`);
  }
  const stats = params.get('stats');
  return {
    timeoutMs: timeoutMs === undefined ? defaults.timeoutMs : Math.min(timeoutMs, defaults.timeoutMs),
    lookbackMs:
      lookbackMs !== undefined && lookbackMs > 0
        ? Math.trunc(lookbackMs)
        : dynamicLookback(defaults.lookbackMs, maxResolutionMs, defaults.dynamicLookback),
    stats: stats === '' ? '' : stats === 'all' ? 'all' : 'basic',
    analyze: params.get('analyze') === 'true' || params.get('analyze') === '1',
    engine,
    shard: shardOf(params),
  };
}

function shardOf(params: Params): QueryTask['shard'] {
  const text = params.get('shard_info');
  if (text === '') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ApiError('bad_data', `could not unmarshal parameter shard_info: ${(error as Error).message}`);
  }
  const info = (parsed ?? {}) as { shard_index?: unknown; total_shards?: unknown; by?: unknown; labels?: unknown };
  const total = Number(info.total_shards ?? 0);
  const index = Number(info.shard_index ?? 0);
  if (!Number.isSafeInteger(total) || !Number.isSafeInteger(index)) {
    throw new ApiError(
      'bad_data',
      'could not unmarshal parameter shard_info: shard_index and total_shards must be whole numbers',
    );
  }
  if (total < 1) return undefined;
  return { index, total, by: info.by === true, labels: Array.isArray(info.labels) ? info.labels.map(String) : [] };
}

function fetchPart(params: Params, defaults: QueryDefaults, caller: Caller): FetchSettings {
  return { dedup: optionalBool(params, 'dedup', true), ...commonPart(params, defaults, caller) };
}

/** Without `dedup`, which label calls do not look at. */
function commonPart(params: Params, defaults: QueryDefaults, caller: Caller): Omit<FetchSettings, 'dedup'> {
  const labels = params.all('replicaLabels[]');
  return {
    partialResponse: optionalBool(params, 'partial_response', defaults.partialResponse),
    replicaLabels: labels.length === 0 ? defaults.replicaLabels : labels.filter((l) => l !== ''),
    storeMatch: params.all('storeMatch[]'),
    tenant: caller.tenant,
    tenantLabel: caller.tenantLabel,
  };
}

/** Reads the parameters of `/series`, `/labels` and `/label/<name>/values`; `dedup` counts for series only, as in Thanos. */
export function metadataTask(
  kind: MetadataTask['kind'],
  label: string,
  params: Params,
  defaults: QueryDefaults,
  caller: Caller,
  nowMs: number,
): MetadataTask {
  const limit = limitOf(params);
  const match = params.all('match[]');
  if (kind === 'series' && match.length === 0) throw new ApiError('bad_data', 'no match[] parameter provided');
  const { metadataRangeMs } = defaults;
  const start = optionalTime(params, 'start', metadataRangeMs === 0 ? MIN_TIME : timeOfMs(nowMs - metadataRangeMs));
  const end = optionalTime(params, 'end', metadataRangeMs === 0 ? MAX_TIME : timeOfMs(nowMs));
  if (end.seconds < start.seconds) throw new ApiError('bad_data', 'end timestamp must not be before start time');
  const { ms: mint } = start;
  const { ms: maxt } = end;
  if (kind !== 'series') {
    return { kind, label, match, mint, maxt, limit, dedup: false, ...commonPart(params, defaults, caller) };
  }
  return { kind, label, match, mint, maxt, limit, ...fetchPart(params, defaults, caller) };
}
