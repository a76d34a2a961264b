import type { OptionValues } from '../options/option-values.ts';
import type { GRPC_SERVER_OPTIONS } from '../options/shared-options.ts';
import { loadServerTls, watchServerTls, type GrpcServerTlsFlags, type ServerTlsMaterial } from './grpc-server-tls.ts';

/** The flags of the gRPC listener, as a server takes them. */
export interface GrpcServerSettings {
  /** `--grpc-address`. */
  readonly address: string;
  readonly maxConnectionAgeMs: number;
  readonly maxConnectionAgeGraceMs: number;
  /** Reads the certificates; undefined when TLS is off. */
  loadTls(): Promise<ServerTlsMaterial | undefined>;
  /** Tells of new certificates until `signal` fires. */
  watchTls(signal: AbortSignal, changed: (tls: ServerTlsMaterial) => void): void;
}

export function grpcServerSettings(options: OptionValues<typeof GRPC_SERVER_OPTIONS>): GrpcServerSettings {
  const flags: GrpcServerTlsFlags = {
    cert: options.get('grpc-server-tls-cert'),
    key: options.get('grpc-server-tls-key'),
    clientCa: options.get('grpc-server-tls-client-ca'),
    minVersion: options.get('grpc-server-tls-min-version'),
    ciphers: options.get('grpc-server-tls-ciphers'),
    curves: options.get('grpc-server-tls-curves'),
  };
  return {
    address: options.get('grpc-address'),
    maxConnectionAgeMs: options.get('grpc-server-max-connection-age'),
    maxConnectionAgeGraceMs: options.get('grpc-grace-period'),
    loadTls: () => loadServerTls(flags),
    watchTls: (signal, changed) => watchServerTls(flags, signal, changed),
  };
}
