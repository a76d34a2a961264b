import type { Logger } from '@tsanos/bytes';
import type { Registry } from '../metrics/registry.ts';
import type { WorkerPool } from '../worker-pool.ts';
import { SharedMemoryCounter, NO_MEMORY_LIMITS, type MemoryLimits } from './budget.ts';
import type { EngineLoader } from './engine.ts';
import { loadEngines } from './handlers.ts';
import { InlinePool } from './inline-pool.ts';
import { SnapshotBoard } from './snapshot-board.ts';
import { ThreadPool } from './thread-pool.ts';

export interface PoolOptions {
  /** Worker threads; 0 runs the engines on this thread. */
  readonly size: number;
  /** Names of the engines each worker loads. */
  readonly engines: readonly string[];
  /** The worker entry file, which calls `startWorkerThread` with the same loader. */
  readonly entry: URL;
  readonly load: EngineLoader;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly memory?: MemoryLimits;
  /** Whether workers send debug lines. */
  readonly debug?: boolean;
}

/** Starts the pool; resolves when every engine is loaded. */
export async function createWorkerPool(options: PoolOptions): Promise<WorkerPool> {
  const { size, engines, entry, load, log, metrics, debug = false } = options;
  const memory = new SharedMemoryCounter(options.memory ?? NO_MEMORY_LIMITS);
  metrics.gaugeFunc(
    'tsanos_engine_memory_in_flight_bytes',
    'Memory that running requests hold, as counted against the limits.',
    () => memory.bytes,
  );
  if (size > 0) {
    const pool = new ThreadPool({ size, entry, engines, log, metrics, memory, debug });
    try {
      await pool.ready();
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }
  const board = new SnapshotBoard();
  const loaded = await loadEngines(engines, load, {
    index: 0,
    count: 1,
    log,
    metrics,
    snapshot: (name) => board.get(name),
    onSnapshot: (name, listener) => board.on(name, listener),
  });
  return new InlinePool(loaded.engines, loaded.handlers, board, memory);
}
