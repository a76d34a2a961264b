import type { Option } from '../option.ts';

/** What every command takes. */
export const COMMON_OPTIONS = [
  {
    name: 'log.level',
    type: 'enum',
    values: ['error', 'warn', 'info', 'debug'],
    default: 'info',
    help: 'Least level of log lines that are written.',
    status: 'works',
  },
  {
    name: 'log.format',
    type: 'enum',
    values: ['logfmt', 'json', 'journald'],
    default: 'logfmt',
    help: 'Form of log lines on stderr.',
    status: 'works',
  },
  {
    name: 'debug.name',
    type: 'string',
    default: '',
    hidden: true,
    help: 'Value of the field name in each log line.',
    status: 'works',
  },
  { name: 'tracing.config', type: 'file-or-content', help: 'Where to send traces.', status: 'not-yet' },
  { name: 'enable-auto-gomemlimit', type: 'bool', help: "Limit of the Go runtime's memory.", status: 'no-effect' },
  {
    name: 'auto-gomemlimit.ratio',
    type: 'float',
    default: '0.9',
    help: "Share of the container's memory for the Go runtime.",
    status: 'no-effect',
  },
] as const satisfies readonly Option[];

/** Threads and memory of the engine: ours, on every command that runs one. */
export const ENGINE_OPTIONS = [
  {
    name: 'engine.workers',
    type: 'int',
    default: '-1',
    ours: true,
    help: 'Threads that do the work of requests. -1 = one a core, 0 = the main thread does it all.',
    status: 'works',
  },
  {
    name: 'engine.max-memory-in-flight',
    type: 'bytes',
    default: '0',
    ours: true,
    help: 'Memory that all running requests together may hold. 0 = half of what the container or machine has.',
    status: 'works',
  },
  {
    name: 'engine.max-request-memory',
    type: 'bytes',
    default: '0',
    ours: true,
    help: 'Memory that one request may hold. 0 = no limit of its own.',
    status: 'works',
  },
] as const satisfies readonly Option[];

/** The HTTP listener. */
export const HTTP_OPTIONS = [
  {
    name: 'http-address',
    type: 'string',
    default: '0.0.0.0:10902',
    help: 'Where HTTP listens, host:port; `:10902` is all interfaces, port 0 a free port.',
    status: 'works',
  },
  {
    name: 'http-grace-period',
    type: 'duration',
    grammar: 'prometheus',
    default: '2m',
    help: 'How long open HTTP requests may take at shutdown; 0s closes at once.',
    status: 'works',
  },
  {
    name: 'http.config',
    type: 'string',
    default: '',
    help: 'Path of a YAML file that sets TLS and basic authentication of all HTTP endpoints.',
    status: 'works',
  },
] as const satisfies readonly Option[];

/** The gRPC listener. */
export const GRPC_SERVER_OPTIONS = [
  {
    name: 'grpc-address',
    type: 'string',
    default: '0.0.0.0:10901',
    help: 'Where gRPC listens, host:port; other components must reach it.',
    status: 'works',
  },
  {
    name: 'grpc-server-tls-cert',
    type: 'string',
    default: '',
    help: 'Path of the certificate (PEM) of the gRPC server; empty = no TLS.',
    status: 'works',
  },
  {
    name: 'grpc-server-tls-key',
    type: 'string',
    default: '',
    help: 'Path of the key (PEM) of the gRPC server; empty = no TLS.',
    status: 'works',
  },
  {
    name: 'grpc-server-tls-client-ca',
    type: 'string',
    default: '',
    help: 'Path of the CA (PEM) that client certificates must be signed by; empty = clients need none.',
    status: 'works',
  },
  {
    name: 'grpc-server-tls-min-version',
    type: 'string',
    default: '1.3',
    help: 'Least TLS version of the gRPC server: 1.0, 1.1, 1.2 or 1.3.',
    status: 'works',
  },
  {
    name: 'grpc-server-tls-ciphers',
    type: 'string',
    repeated: true,
    help: "TLS cipher suites of the gRPC server by Go's names; default: Node's own choice.",
    status: 'works',
  },
  {
    name: 'grpc-server-tls-curves',
    type: 'string',
    repeated: true,
    help: "TLS curves of the gRPC server: CurveP256, CurveP384, CurveP521, X25519; default: Node's own choice.",
    status: 'works',
  },
  {
    name: 'grpc-server-max-connection-age',
    type: 'duration',
    grammar: 'go',
    default: '60m',
    help: 'How long a gRPC connection lives before its client is asked to open a new one.',
    status: 'works',
  },
  {
    name: 'grpc-grace-period',
    type: 'duration',
    grammar: 'prometheus',
    default: '2m',
    help: 'How long open gRPC calls may take at shutdown.',
    status: 'works',
  },
] as const satisfies readonly Option[];

/** Limits of a Series call. */
export const STORE_LIMIT_OPTIONS = [
  {
    name: 'store.limits.request-series',
    type: 'int',
    default: '0',
    help: 'Most series a Series call may answer with; over it the call fails. 0 = no limit.',
    status: 'works',
  },
  {
    name: 'store.limits.request-samples',
    type: 'int',
    default: '0',
    help: 'Most samples a Series call may answer with; over it the call fails. 0 = no limit. Counted as chunks of 120 samples.',
    status: 'works',
  },
] as const satisfies readonly Option[];

/** Logging of requests. */
export const REQUEST_LOGGING_OPTIONS = [
  {
    name: 'request.logging-config',
    type: 'file-or-content',
    help: 'Which HTTP requests and gRPC calls are logged.',
    status: 'not-yet',
  },
] as const satisfies readonly Option[];

/** The bucket, where it may be absent. */
export const OBJSTORE_OPTIONS = [
  { name: 'objstore.config', type: 'file-or-content', help: 'The object storage bucket.', status: 'works' },
] as const satisfies readonly Option[];

/** The bucket, where it is needed. */
export const REQUIRED_OBJSTORE_OPTIONS = [
  {
    name: 'objstore.config',
    type: 'file-or-content',
    required: true,
    help: 'The object storage bucket.',
    status: 'works',
  },
] as const satisfies readonly Option[];

/** Upload of blocks. */
export const SHIPPER_OPTIONS = [
  {
    name: 'shipper.upload-compacted',
    type: 'bool',
    help: 'Upload compacted blocks too, for a migration; compaction must be off in Prometheus.',
    status: 'works',
  },
  {
    name: 'shipper.ignore-unequal-block-size',
    type: 'bool',
    hidden: true,
    help: 'Upload although Prometheus compacts (least and greatest block duration differ).',
    status: 'works',
  },
  {
    name: 'shipper.allow-out-of-order-uploads',
    type: 'bool',
    hidden: true,
    help: 'Go on with newer blocks when an older one failed.',
    status: 'works',
  },
  {
    name: 'shipper.skip-corrupted-blocks',
    type: 'bool',
    hidden: true,
    help: 'Leave out blocks that cannot be read.',
    status: 'works',
  },
  {
    name: 'hash-func',
    type: 'enum',
    values: ['SHA256', ''],
    default: '',
    help: 'Hash of each file to note in meta.json; empty = none.',
    status: 'works',
  },
  {
    name: 'shipper.meta-file-name',
    type: 'string',
    default: 'thanos.shipper.json',
    help: 'File in the data folder that says what was uploaded.',
    status: 'works',
  },
  {
    name: 'shipper.upload-concurrency',
    type: 'int',
    default: '0',
    help: 'Files uploaded at a time; 0 = no limit.',
    status: 'works',
  },
] as const satisfies readonly Option[];
