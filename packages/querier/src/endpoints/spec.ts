import type { EndpointAddress } from './address.ts';

/** TLS and compression towards one endpoint; `sd-config`'s `client_config`, or the deprecated flags. */
export interface ClientConfig {
  readonly tls:
    | {
        readonly insecureSkipVerify: boolean;
        readonly certFile: string;
        readonly keyFile: string;
        readonly caFile: string;
        readonly minVersion: string;
      }
    | undefined;
  readonly serverName: string;
  readonly compression: 'none' | 'snappy';
}

/** An endpoint before its name is looked up. */
export interface EndpointSpec {
  readonly address: EndpointAddress;
  /** Always queried, never forgotten. */
  readonly strict: boolean;
  /** One logical endpoint behind several addresses. */
  readonly group: boolean;
  readonly client: ClientConfig;
}

/** An endpoint with its final address. */
export interface ResolvedEndpoint {
  /** `host:port`; for a group the name as written. */
  readonly address: string;
  /** For a group: the addresses calls rotate over; else just `address`. */
  readonly targets: readonly string[];
  readonly strict: boolean;
  readonly group: boolean;
  readonly client: ClientConfig;
}

/** Same address twice is one endpoint; a strict one wins. Returns how many were dropped. */
export function dedupEndpoints(list: readonly ResolvedEndpoint[]): {
  endpoints: ResolvedEndpoint[];
  duplicates: number;
} {
  const byAddress = new Map<string, ResolvedEndpoint>();
  let duplicates = 0;
  for (const endpoint of list) {
    const known = byAddress.get(endpoint.address);
    if (known !== undefined) duplicates++;
    if (known === undefined || (endpoint.strict && !known.strict)) byAddress.set(endpoint.address, endpoint);
  }
  return { endpoints: [...byAddress.values()], duplicates };
}
