import { Labels } from '@tsanos/model';
import type { SeriesSource, SourceInfo } from '@tsanos/series';

/** One child of a proxy, as the endpoint set knows it at the moment of a call. */
export interface ProxyEndpoint {
  /** `host:port`; what `storeMatch[]` selects by as `__address__`. Empty for a source of this process, which it never selects. */
  readonly address: string;
  readonly source: SeriesSource;
  readonly labelSets: readonly Labels[];
  /** Times it holds, ms inclusive; open ends are ±2^63. */
  readonly mint: number;
  readonly maxt: number;
  readonly supportsSharding: boolean;
  readonly supportsWithoutReplicaLabels: boolean;
  /** The label sets kept by a selector where that is only a part of them; the child is asked for these alone. */
  readonly keptLabelSets?: readonly Labels[] | undefined;
}

/** How Thanos prints a child. */
export function endpointText(endpoint: ProxyEndpoint): string {
  return `Addr: ${endpoint.address} MinTime: ${int64Text(endpoint.mint)} MaxTime: ${int64Text(endpoint.maxt)}`;
}

function int64Text(n: number): string {
  if (n >= 2 ** 63) return '9223372036854775807';
  return n <= -(2 ** 63) ? '-9223372036854775808' : String(n);
}

/** What a proxy over these children answers to Info: their label sets with the selector's, their times, their TSDBs. */
export function proxyInfo(
  endpoints: readonly (Omit<ProxyEndpoint, 'source'> & { readonly tsdbInfos?: SourceInfo['tsdbInfos'] })[],
  selectorLabels: Labels = Labels.EMPTY,
): SourceInfo {
  const extended = new Map<string, Labels>();
  const add = (labels: Labels): void => {
    const all = Labels.from([...labels, ...selectorLabels]);
    if (all.size > 0) extended.set(JSON.stringify([...all]), all);
  };
  for (const endpoint of endpoints) for (const labels of endpoint.labelSets) add(labels);
  if (extended.size === 0) add(Labels.EMPTY);
  return {
    labelSets: [...extended.values()],
    mint: endpoints.length === 0 ? -(2 ** 63) : Math.min(...endpoints.map((e) => e.mint)),
    maxt: endpoints.length === 0 ? 2 ** 63 : Math.max(...endpoints.map((e) => e.maxt)),
    tsdbInfos: endpoints.flatMap((e) => e.tsdbInfos ?? []),
  };
}
