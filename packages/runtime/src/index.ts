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
export { negotiateFormat, renderMetrics, CONTENT_TYPES, type ExpositionFormat, type ForeignMetric } from './metrics/exposition.ts';
