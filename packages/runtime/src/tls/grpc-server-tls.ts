import { readFile } from 'node:fs/promises';
import type { SecureVersion } from 'node:tls';
import { TsanosError } from '@tsanos/bytes';
import { nodeCiphers, nodeCurves, nodeTlsVersion } from './go-names.ts';

/** The flags `--grpc-server-tls-*`. */
export interface GrpcServerTlsFlags {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
  readonly minVersion: string;
  readonly ciphers: readonly string[];
  readonly curves: readonly string[];
}

/** PEM texts and rules; what `RpcServer` takes as `tls`. */
export interface ServerTlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
  readonly minVersion: SecureVersion;
  readonly ciphers: string | undefined;
  readonly curves: string | undefined;
}

const POLL_MS = 10_000;

/** Reads the files; undefined when TLS is off. Rules as in Thanos: key and certificate only together, a client CA only with them. */
export async function loadServerTls(flags: GrpcServerTlsFlags): Promise<ServerTlsMaterial | undefined> {
  if (flags.cert === '' && flags.key === '') {
    if (flags.clientCa !== '') {
      throw new TsanosError(
        'bad-input',
        'tls-client-ca',
        'when a client CA is used a server key and certificate must also be provided',
      );
    }
    return undefined;
  }
  if (flags.cert === '' || flags.key === '') {
    throw new TsanosError('bad-input', 'tls-pair', 'both server key and certificate must be provided');
  }
  return {
    minVersion: nodeTlsVersion(flags.minVersion, '--grpc-server-tls-min-version'),
    ciphers: nodeCiphers(flags.ciphers, '--grpc-server-tls-ciphers'),
    curves: nodeCurves(flags.curves, '--grpc-server-tls-curves'),
    cert: await readPem(flags.cert, '--grpc-server-tls-cert'),
    key: await readPem(flags.key, '--grpc-server-tls-key'),
    clientCa: flags.clientCa === '' ? undefined : await readPem(flags.clientCa, '--grpc-server-tls-client-ca'),
  };
}

/** Calls `changed` with new material when the files have changed; ends with `signal`. Files that are being rotated are tried again later. */
export function watchServerTls(
  flags: GrpcServerTlsFlags,
  signal: AbortSignal,
  changed: (tls: ServerTlsMaterial) => void,
  pollMs: number = POLL_MS,
): void {
  let last: string | undefined;
  const look = async (): Promise<void> => {
    try {
      const tls = await loadServerTls(flags);
      const now = JSON.stringify(tls);
      if (tls !== undefined && last !== undefined && now !== last) changed(tls);
      last = now;
    } catch {
      // Half-written files: the certificate in use stays until they are whole.
    }
  };
  void look();
  const timer = setInterval(() => void look(), pollMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

async function readPem(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new TsanosError('bad-input', 'tls-file', `${flag}: cannot read ${path}`, { file: path, flag }, error);
  }
}
