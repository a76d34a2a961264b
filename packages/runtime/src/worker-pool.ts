/**
 * Engine workers: requests go in, finished bytes come out. `--engine.workers=0` runs the same handlers on this thread.
 *
 * State reaches workers as versioned immutable snapshots, published before the requests that name them. Cancel is one
 * int32 a request in shared memory.
 */
export interface WorkerPool {
  readonly size: number;
  /** Sends `value` (structured clone; SharedArrayBuffers are shared) to every worker, and to those that replace dead ones. */
  publish(name: string, value: unknown): void;
  /**
   * Runs a handler on the least loaded worker and resolves with its answer. Aborting `signal` cancels it there. Rejects
   * with the TsanosError of the handler, or one of kind `internal` when the worker died.
   */
  run<Q, R>(handler: string, request: Q, signal: AbortSignal): Promise<R>;
  /**
   * The same for answers in parts: parts arrive in order, under credits (at most 4 unsent), so that a slow reader stops
   * the work. Breaking out of the iteration cancels.
   */
  stream<Q>(handler: string, request: Q, signal: AbortSignal): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
