import { TsanosError } from '@tsanos/bytes';

export interface HostPort {
  /** '' = every interface. */
  readonly host: string;
  readonly port: number;
}

/** Splits `:10901`, `0.0.0.0:10901`, `[::1]:0` or `host:port`, the forms Go takes. */
export function parseAddress(address: string): HostPort {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d+)$/.exec(address);
  const port = match === null ? -1 : Number(match[3]);
  if (match === null || port > 65535) {
    throw new TsanosError(
      'bad-input',
      'bad-address',
      `address ${JSON.stringify(address)} is not of the form host:port`,
      { address },
    );
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

/** `host:port`, with brackets around IPv6. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
