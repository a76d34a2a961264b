import type { GrpcServerTlsFlags } from '../tls/grpc-server-tls.ts';
import type { OptionValues } from './option-values.ts';
import type { GRPC_SERVER_OPTIONS } from './shared-options.ts';

/** What the flags of the gRPC listener say. */
export interface GrpcServerSettings {
  readonly address: string;
  /** For `loadServerTls` and `watchServerTls`. */
  readonly tls: GrpcServerTlsFlags;
  readonly maxConnectionAgeMs: number;
  readonly gracePeriodMs: number;
}

/** Reads the flags of the gRPC listener: `grpcServerSettings(options.part(GRPC_SERVER_OPTIONS))`. */
export function grpcServerSettings(options: OptionValues<typeof GRPC_SERVER_OPTIONS>): GrpcServerSettings {
  return {
    address: options.get('grpc-address'),
    tls: {
      cert: options.get('grpc-server-tls-cert'),
      key: options.get('grpc-server-tls-key'),
      clientCa: options.get('grpc-server-tls-client-ca'),
      minVersion: options.get('grpc-server-tls-min-version'),
      ciphers: options.get('grpc-server-tls-ciphers'),
      curves: options.get('grpc-server-tls-curves'),
    },
    maxConnectionAgeMs: options.get('grpc-server-max-connection-age'),
    gracePeriodMs: options.get('grpc-grace-period'),
  };
}
