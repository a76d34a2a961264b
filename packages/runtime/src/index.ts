export type { Component } from './component.ts';
export type { Option } from './option.ts';
export type { WorkerPool } from './worker-pool.ts';
export { createWorkerPool, type PoolOptions } from './worker/create-pool.ts';
export { startWorkerThread } from './worker/worker-thread.ts';
export {
  transferring,
  standalone,
  type EngineFactory,
  type EngineLoader,
  type RequestCancel,
  type RequestMemory,
  type RequestScope,
  type WorkerEngine,
  type WorkerEnv,
  type WorkerHandler,
} from './worker/engine.ts';
export { SignalCancel, abortError } from './worker/cancellation.ts';
export { NO_MEMORY_LIMITS, RequestBudget, SharedMemoryCounter, type MemoryLimits } from './worker/budget.ts';
export { createLogger, type LogFormat, type LogLevel, type LoggerOptions } from './log/logger.ts';
export { Registry } from './metrics/registry.ts';
export {
  negotiateFormat,
  renderMetrics,
  CONTENT_TYPES,
  type ExpositionFormat,
  type ForeignMetric,
} from './metrics/exposition.ts';
export { OptionValues, flagsOf, type GivenTexts, type ValueOf } from './options/option-values.ts';
export { FileOrContent, expandEnv } from './options/file-or-content.ts';
export { TimeValue } from './options/time-value.ts';
export { editDistance, nearestName } from './options/nearest.ts';
export { leafCommands, type CommandSpec, type ProgramSpec } from './options/command.ts';
export { parseCommandLine, type Parsed } from './options/parse-command-line.ts';
export { flagForms, helpText } from './options/help-text.ts';
export { optionsTable } from './options/docs-table.ts';
export {
  COMMON_OPTIONS,
  ENGINE_OPTIONS,
  GRPC_SERVER_OPTIONS,
  HTTP_OPTIONS,
  OBJSTORE_OPTIONS,
  REQUEST_LOGGING_OPTIONS,
  REQUIRED_OBJSTORE_OPTIONS,
  SHIPPER_OPTIONS,
  STORE_LIMIT_OPTIONS,
} from './options/shared-options.ts';
export { parseYamlConfig } from './config/yaml-config.ts';
export { HttpServer, type HttpServerOptions } from './http/server.ts';
export { parseListenAddress, type ListenAddress } from './http/listen-address.ts';
export { errorEnvelope } from './http/envelope.ts';
export { operationRoutes } from './http/operations.ts';
export { Prober } from './http/prober.ts';
export { WebConfig } from './http/web-config.ts';
export {
  jsonReply,
  textReply,
  type ClientCertificate,
  type HttpReply,
  type HttpRequest,
  type HttpRoute,
} from './http/types.ts';
export { setBuildInfo, type BuildInfo } from './metrics/process-metrics.ts';
export {
  loadServerTls,
  watchServerTls,
  type GrpcServerTlsFlags,
  type ServerTlsMaterial,
} from './tls/grpc-server-tls.ts';
export { grpcServerSettings, type GrpcServerSettings } from './tls/grpc-server-settings.ts';
export { loadClientTls, type ClientTlsMaterial, type GrpcClientTlsSettings } from './tls/grpc-client-tls.ts';
export { nodeTlsVersion } from './tls/go-names.ts';
export { Group } from './group/group.ts';
export { stopSignal } from './group/signals.ts';
export { backoffMs, retry, type Backoff } from './schedule/retry.ts';
export { periodically, type PeriodicOptions } from './schedule/periodic.ts';
export type { ComponentFactory, ComponentModules } from './component-modules.ts';
