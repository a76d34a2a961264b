import { TsanosError } from '@tsanos/bytes';

/** Host and port as Node wants them. */
export interface ListenAddress {
  /** '' = all interfaces, both IP versions. */
  readonly host: string;
  /** 0 = a free port. */
  readonly port: number;
}

/** Reads Go's forms: `:10902`, `0.0.0.0:10902`, `[::1]:10902`, `localhost:10902`. `flag` is named in the error. */
export function parseListenAddress(text: string, flag: string): ListenAddress {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new TsanosError(
      'bad-input',
      'listen-address',
      `--${flag}=${text}: want host:port, such as 0.0.0.0:10902 or :10902`,
      { flag },
    );
  }
  return { host: match[1] ?? match[2] ?? '', port };
}
