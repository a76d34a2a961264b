import { readFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { EndpointAddress } from './address.ts';
import { hostOf, joinHostPort, portOf } from './address.ts';

/** The three look-ups that discovery needs; a test hands in its own server through `dnsLookups(servers)`. */
export interface DnsLookups {
  a(host: string): Promise<string[]>;
  aaaa(host: string): Promise<string[]>;
  srv(name: string): Promise<{ name: string; port: number }[]>;
}

/** The search list of a resolver configuration. */
export interface SearchList {
  readonly domains: readonly string[];
  /** Names with fewer dots try the search list first. */
  readonly ndots: number;
}

/** Reads `search` and `options ndots:N` of a resolv.conf text. */
export function parseSearchList(text: string): SearchList {
  let domains: string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (words[0] === 'search' || words[0] === 'domain') domains = words.slice(1);
    if (words[0] !== 'options') continue;
    for (const word of words.slice(1)) if (word.startsWith('ndots:')) ndots = Math.min(15, Number(word.slice(6)) || 1);
  }
  return { domains, ndots };
}

/** The full names to try for `name`, in order; a trailing dot means it is full already. */
export function candidateNames(name: string, list: SearchList): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const searched = list.domains.map((domain) => `${name}.${domain}`);
  const dots = name.split('.').length - 1;
  return dots >= list.ndots ? [name, ...searched] : [...searched, name];
}

/** Look-ups by the system's resolvers and search list, or by `servers` (`ip:port`) with names as they are. */
export function dnsLookups(servers?: readonly string[]): DnsLookups {
  const resolver = new Resolver({ timeout: 5000, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  const list = servers === undefined ? systemSearchList() : { domains: [], ndots: 1 };
  async function first<T>(name: string, lookup: (full: string) => Promise<T[]>): Promise<T[]> {
    let failure: unknown;
    for (const full of candidateNames(name, list)) {
      try {
        return await lookup(full);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
  return {
    a: (host) => first(host, (full) => resolver.resolve4(full)),
    aaaa: (host) => first(host, (full) => resolver.resolve6(full)),
    srv: (name) => first(name, (full) => resolver.resolveSrv(full)),
  };
}

function systemSearchList(): SearchList {
  try {
    return parseSearchList(readFileSync('/etc/resolv.conf', 'utf8'));
  } catch {
    // No such file on this system: names are used as they are.
    return { domains: [], ndots: 1 };
  }
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
    if (isIP(host) !== 0) return [joinHostPort(host, port)];
    if (host === 'localhost') return [joinHostPort('127.0.0.1', port)];
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
