import { TsanosError } from '@tsanos/bytes';
import { Labels, parseDuration } from '@tsanos/model';
import { parse as parseYaml } from 'yaml';
import { callApi, callText } from './api.ts';
import type { PrometheusHttp } from './http-client.ts';

/** Version text of `/api/v1/status/buildinfo`; '' where an old server has no such endpoint. */
export async function fetchVersion(http: PrometheusHttp, signal: AbortSignal): Promise<string> {
  try {
    const { data } = await callApi(http, { method: 'GET', path: '/api/v1/status/buildinfo', signal });
    return (data as { version?: string } | undefined)?.version ?? '';
  } catch (error) {
    if (error instanceof TsanosError && error.kind === 'not-found') return '';
    throw error;
  }
}

/** `external_labels` of the running configuration. */
export async function fetchExternalLabels(http: PrometheusHttp, signal: AbortSignal): Promise<Labels> {
  const { data } = await callApi(http, { method: 'GET', path: '/api/v1/status/config', signal });
  const yaml = (data as { yaml?: string } | undefined)?.yaml ?? '';
  const config = parseYaml(yaml) as { global?: { external_labels?: Record<string, unknown> } } | null;
  const labels = config?.global?.external_labels ?? {};
  return Labels.from(Object.entries(labels).map(([name, value]) => [name, String(value)] as const));
}

/** Times of the flags that decide whether uploads are safe, ms. */
export interface PrometheusFlags {
  readonly minBlockMs: number;
  readonly maxBlockMs: number;
  readonly tsdbPath: string;
  readonly delayCompactFile: string;
}

/** Flags that matter to the shipper; undefined where the server does not tell (404). */
export async function fetchFlags(http: PrometheusHttp, signal: AbortSignal): Promise<PrometheusFlags | undefined> {
  let data: unknown;
  try {
    ({ data } = await callApi(http, { method: 'GET', path: '/api/v1/status/flags', signal }));
  } catch (error) {
    if (error instanceof TsanosError && error.kind === 'not-found') return undefined;
    throw error;
  }
  const flags = (data ?? {}) as Record<string, string | undefined>;
  const duration = (name: string): number => {
    const text = flags[name];
    return text === undefined || text === '' ? 0 : parseDuration(text);
  };
  return {
    minBlockMs: duration('storage.tsdb.min-block-duration'),
    maxBlockMs: duration('storage.tsdb.max-block-duration'),
    tsdbPath: flags['storage.tsdb.path'] ?? '',
    delayCompactFile: flags['storage.tsdb.delay-compact-file.path'] ?? '',
  };
}

/**
 * Time of the oldest sample in ms, from the gauge of `/metrics`; undefined while the head is empty (the gauge then holds an
 * int64 sentinel).
 */
export async function fetchLowestTimestamp(http: PrometheusHttp, signal: AbortSignal): Promise<number | undefined> {
  const text = await callText(http, { method: 'GET', path: '/metrics', signal });
  const match = /^prometheus_tsdb_lowest_timestamp_seconds\s+(\S+)/m.exec(text);
  if (match === null) return undefined;
  const ms = Math.round(Number(match[1]) * 1000);
  return Number.isFinite(ms) && Math.abs(ms) < 2 ** 53 ? ms : undefined;
}
