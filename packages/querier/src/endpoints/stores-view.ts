import type { Labels } from '@tsanos/model';
import type { EndpointStatus } from './endpoint-set.ts';

/** `/api/v1/stores`: endpoints by component type, each list sorted by address. */
export function storesView(statuses: readonly EndpointStatus[]): string {
  const types = new Map<string, unknown[]>();
  for (const status of statuses) {
    const type = status.info?.componentType ?? 'unknown';
    const list = types.get(type) ?? [];
    types.set(type, list);
    list.push({
      name: status.endpoint.address,
      lastCheck: new Date(status.lastCheckMs).toISOString(),
      lastError: status.lastError ?? null,
      labelSets: (status.info?.labelSets ?? []).map((labels: Labels) => labels.toJSON()),
      minTime: `int64:${int64(status.info?.store?.mint ?? -(2 ** 63))}`,
      maxTime: `int64:${int64(status.info?.store?.maxt ?? 2 ** 63)}`,
    });
  }
  const sorted = Object.fromEntries([...types].sort((a, b) => (a[0] < b[0] ? -1 : 1)));
  // The extremes of int64 are numbers that JSON.stringify cannot print.
  return JSON.stringify(sorted).replace(/"int64:(-?\d+)"/g, '$1');
}

function int64(n: number): string {
  if (n >= 2 ** 63) return '9223372036854775807';
  return n <= -(2 ** 63) ? '-9223372036854775808' : String(Math.round(n));
}
