import { TsanosError } from '@tsanos/bytes';

/** How an address is turned into `host:port`s. */
export type LookupKind = 'static' | 'dns' | 'dnssrv' | 'dnssrvnoa' | 'dnsdualstack';

/** An endpoint as a user wrote it. */
export interface EndpointAddress {
  readonly kind: LookupKind;
  /** Without the prefix. */
  readonly name: string;
  /** As written. */
  readonly text: string;
}

const PREFIX = /^(dns|dnssrv|dnssrvnoa|dnsdualstack)\+(.*)$/s;

/**
 * Reads `host:port`, `dns+host:port`, `dnssrv+name`, `dnssrvnoa+name`, `dnsdualstack+host:port`. `where` names the flag or
 * the file for the error.
 */
export function parseEndpointAddress(text: string, where: string): EndpointAddress {
  const trimmed = text.trim();
  if (trimmed === '') throw badAddress(text, where, 'it is empty');
  const match = PREFIX.exec(trimmed);
  if (match !== null) {
    const kind = match[1] as LookupKind;
    const name = match[2];
    if (name === '') throw badAddress(text, where, 'nothing follows the DNS prefix');
    if ((kind === 'dns' || kind === 'dnsdualstack') && portOf(name) === undefined) {
      throw badAddress(text, where, `a port is needed after the host, as in ${kind}+${name}:10901`);
    }
    return { kind, name, text: trimmed };
  }
  if (/^[a-z]+\+/.test(trimmed)) {
    throw badAddress(text, where, 'the prefixes known are dns+, dnssrv+, dnssrvnoa+ and dnsdualstack+');
  }
  if (portOf(trimmed) === undefined) {
    throw badAddress(text, where, `a port is needed, as in ${trimmed}:10901`);
  }
  return { kind: 'static', name: trimmed, text: trimmed };
}

/** Port of `host:port` or `[v6]:port`, undefined when there is none. */
export function portOf(hostPort: string): number | undefined {
  const match = /^(?:\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(hostPort);
  if (match === null) return undefined;
  const port = Number(match[1]);
  return port <= 65535 ? port : undefined;
}

/** Host of `host:port`, brackets of IPv6 removed; an empty host is this machine, as in Go. */
export function hostOf(hostPort: string): string {
  const host = hostPort.slice(0, hostPort.lastIndexOf(':'));
  if (host === '') return '127.0.0.1';
  return host.startsWith('[') ? host.slice(1, -1) : host;
}

/** `host:port` with brackets where the host is an IPv6 address. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function badAddress(text: string, where: string, why: string): TsanosError {
  return new TsanosError(
    'bad-input',
    'bad-endpoint-address',
    `${where}: endpoint address ${JSON.stringify(text)} is wrong: ${why}`,
    {
      address: text,
    },
  );
}
