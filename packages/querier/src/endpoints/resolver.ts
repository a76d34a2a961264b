import { Resolver } from 'node:dns/promises';
import type { EndpointAddress } from './address.ts';
import { hostOf, joinHostPort, portOf } from './address.ts';

/** The three look-ups that discovery needs; a test hands in its own server through `dnsLookups(servers)`. */
export interface DnsLookups {
  a(host: string): Promise<string[]>;
  aaaa(host: string): Promise<string[]>;
  srv(name: string): Promise<{ name: string; port: number }[]>;
}

/** Look-ups by the system's resolvers, or by `servers` (`ip:port`). */
export function dnsLookups(servers?: readonly string[]): DnsLookups {
  const resolver = new Resolver({ timeout: 5000, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  return {
    a: (host) => resolver.resolve4(host),
    aaaa: (host) => resolver.resolve6(host),
    srv: (name) => resolver.resolveSrv(name),
  };
}

/**
 * Turns addresses into sorted, unique `host:port`s. The last good answer of a name is kept while its look-up fails, so that
 * a DNS outage does not empty the view; `onLookup` is told of each look-up for the metrics.
 */
export class EndpointResolver {
  readonly #lookups: DnsLookups;
  readonly #onLookup: (failed: boolean) => void;
  readonly #last = new Map<string, string[]>();

  constructor(lookups: DnsLookups, onLookup: (failed: boolean) => void) {
    this.#lookups = lookups;
    this.#onLookup = onLookup;
  }

  /** `errors` gets a text for each look-up that failed. */
  async resolve(address: EndpointAddress, errors: string[]): Promise<string[]> {
    if (address.kind === 'static') return [address.name];
    try {
      const found = [...new Set(await this.#lookup(address))].sort();
      this.#onLookup(false);
      this.#last.set(address.text, found);
      return found;
    } catch (error) {
      this.#onLookup(true);
      errors.push(`lookup of ${address.text} failed: ${error instanceof Error ? error.message : String(error)}`);
      return this.#last.get(address.text) ?? [];
    }
  }

  async #lookup(address: EndpointAddress): Promise<string[]> {
    switch (address.kind) {
      case 'static':
        return [address.name];
      case 'dns':
        return this.#hosts(hostOf(address.name), portOf(address.name) ?? 0, false);
      case 'dnsdualstack':
        return this.#hosts(hostOf(address.name), portOf(address.name) ?? 0, true);
      case 'dnssrvnoa':
        return (await this.#lookups.srv(srvName(address))).map((r) => joinHostPort(r.name, r.port));
      case 'dnssrv': {
        const records = await this.#lookups.srv(srvName(address));
        const port = portOf(address.name);
        const lists = await Promise.all(records.map((r) => this.#hosts(r.name, port ?? r.port, false)));
        return lists.flat();
      }
    }
  }

  /** IPv4 addresses, IPv6 where there are none or `both` is asked. */
  async #hosts(host: string, port: number, both: boolean): Promise<string[]> {
    const v4 = await this.#lookups.a(host).catch((error: unknown) => (both ? [] : this.#orV6(host, error)));
    const v6 = both ? await this.#lookups.aaaa(host).catch(() => [] as string[]) : [];
    const all = [...v4, ...v6];
    if (all.length === 0) throw new Error(`${host} has no address`);
    return all.map((ip) => joinHostPort(ip, port));
  }

  async #orV6(host: string, v4Error: unknown): Promise<string[]> {
    try {
      return await this.#lookups.aaaa(host);
    } catch {
      throw v4Error;
    }
  }
}

/** A `dnssrv+` name may carry a port that overrides the records'. */
function srvName(address: EndpointAddress): string {
  return portOf(address.name) === undefined ? address.name : address.name.slice(0, address.name.lastIndexOf(':'));
}
