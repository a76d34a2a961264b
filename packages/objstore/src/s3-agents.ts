import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { S3Config } from './s3-config.ts';

/** Connections of one bucket, for the SDK and for our own GETs. */
export interface S3Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** Connections at once when the configuration sets no limit. */
const MAX_SOCKETS = 256;

/** Opens the pools that `http_config` asks for; certificate files are read here. */
export async function openAgents({ http_config: http, endpoint }: S3Config): Promise<S3Agents> {
  const tls = http.tls_config;
  const options = {
    ...(isLocal(endpoint) ? {} : { proxyEnv: process.env }),
    keepAlive: true,
    maxSockets: http.max_conns_per_host > 0 ? http.max_conns_per_host : MAX_SOCKETS,
    maxFreeSockets: http.max_idle_conns_per_host,
  };
  const file = async (key: 'ca' | 'cert' | 'key', path = ''): Promise<object> =>
    path === '' ? {} : { [key]: await readFile(path) };
  return {
    http: new HttpAgent(options),
    https: new HttpsAgent({
      ...options,
      rejectUnauthorized: !(http.insecure_skip_verify || tls?.insecure_skip_verify === true),
      ...(await file('ca', tls?.ca_file)),
      ...(await file('cert', tls?.cert_file)),
      ...(await file('key', tls?.key_file)),
      ...(tls === undefined || tls.server_name === '' ? {} : { servername: tls.server_name }),
    }),
  };
}

/** Go's rule: the proxy of the environment is not asked for the own machine. */
function isLocal(endpoint: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(endpoint);
}

/** Whether the bucket goes into the path of URLs instead of the host name. */
export function isPathStyle(config: S3Config): boolean {
  if (config.bucket_lookup_type !== 'auto') return config.bucket_lookup_type === 'path';
  return config.endpoint !== '' && !/amazonaws\.com(\.cn)?$/.test(config.endpoint);
}

/** The configured region, else that of an AWS endpoint, else the default of S3. */
export function regionOf(config: S3Config): string {
  if (config.region !== '') return config.region;
  return /^s3[.-](?:dualstack\.)?([a-z0-9-]+)\.amazonaws\.com/.exec(config.endpoint)?.[1] ?? 'us-east-1';
}
