import { readFile } from 'node:fs/promises';
import type { SecureVersion } from 'node:tls';
import { TsanosError } from '@tsanos/bytes';
import { nodeTlsVersion } from './go-names.ts';

/** TLS of a gRPC client, as the flags `--grpc-client-*` and a `tls_config` say it. */
export interface GrpcClientTlsSettings {
  readonly secure: boolean;
  readonly skipVerify: boolean;
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly serverName: string;
  readonly minVersion: string;
}

/** PEM texts and rules; what a channel takes as `tls`. */
export interface ClientTlsMaterial {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string;
  readonly insecureSkipVerify: boolean;
  readonly minVersion: SecureVersion;
}

/** Reads the files; undefined when TLS is off. `source` names the flag or configuration in errors. */
export async function loadClientTls(
  settings: GrpcClientTlsSettings,
  source: string,
): Promise<ClientTlsMaterial | undefined> {
  if (!settings.secure) return undefined;
  if ((settings.cert === '') !== (settings.key === '')) {
    throw new TsanosError('bad-input', 'tls-pair', `${source}: both client key and certificate must be provided`);
  }
  return {
    ca: await readPem(settings.ca, source),
    cert: await readPem(settings.cert, source),
    key: await readPem(settings.key, source),
    serverName: settings.serverName,
    insecureSkipVerify: settings.skipVerify,
    minVersion: nodeTlsVersion(settings.minVersion, source),
  };
}

async function readPem(path: string, source: string): Promise<string | undefined> {
  if (path === '') return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new TsanosError('bad-input', 'tls-file', `${source}: cannot read ${path}`, { file: path }, error);
  }
}
