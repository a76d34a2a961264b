import { TsanosError, type CounterCell } from '@tsanos/bytes';
import type { WorkerPool } from '../worker-pool.ts';
import { abortError } from './cancellation.ts';
import { PartQueue } from './part-queue.ts';
import { SnapshotBoard } from './snapshot-board.ts';
import type { ThreadPoolOptions } from './thread-pool-options.ts';
import { WorkerHandle, type Pending } from './worker-handle.ts';

/** Pause before a worker that died soon after its start is replaced. */
const RESTART_PAUSE_MS = 1000;
const SOON_MS = 5000;

/** The engines on `size` worker threads. */
export class ThreadPool implements WorkerPool {
  readonly size: number;
  readonly #options: ThreadPoolOptions;
  readonly #workers: WorkerHandle[] = [];
  readonly #board = new SnapshotBoard();
  readonly #deaths: CounterCell;
  readonly #restarts = new Set<NodeJS.Timeout>();
  #nextId = 1;
  /** Until all have started once, a death is a failed start, not something to heal. */
  #begun = false;
  #closed = false;

  constructor(options: ThreadPoolOptions) {
    this.size = options.size;
    this.#options = options;
    this.#deaths = options.metrics
      .counter('tsanos_engine_worker_deaths_total', 'Engine workers that ended by themselves and were replaced.')
      .labels();
    options.metrics.gaugeFunc(
      'tsanos_engine_requests_in_flight',
      'Requests that engine workers have not ended yet.',
      () => this.#workers.reduce((sum, worker) => sum + worker.load, 0),
    );
    for (let index = 0; index < options.size; index++) this.#start(index);
  }

  /** Resolves when all workers have loaded their engines; rejects when one cannot. */
  async ready(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.ready));
    this.#begun = true;
  }

  publish(name: string, value: unknown): void {
    this.#board.publish(name, value);
    for (const worker of this.#workers) worker.send({ kind: 'snapshot', name, value });
  }

  run<Q, R>(handler: string, request: Q, signal: AbortSignal): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const settle = this.#begin('run', handler, request, signal, {
        answer: (value) => {
          settle();
          resolve(value as R);
        },
        part: () => {},
        end: () => {},
        failed: (error) => {
          settle();
          reject(error);
        },
      });
    });
  }

  async *stream<Q>(handler: string, request: Q, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const left = new AbortController();
    const parts = new PartQueue();
    const settle = this.#begin('stream', handler, request, AbortSignal.any([signal, left.signal]), {
      answer: () => {},
      part: (part) => parts.push(part),
      end: () => parts.end(),
      failed: (error) => parts.fail(error),
    });
    try {
      for (;;) {
        const part = await parts.next();
        if (part === undefined) return;
        yield part;
        settle.credit();
      }
    } finally {
      left.abort();
      settle();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  /** Gives a request to the least loaded worker. The answer unhooks it from `signal`. */
  #begin(kind: 'run' | 'stream', handler: string, request: unknown, signal: AbortSignal, hooks: Pending): Settle {
    const nothing: Settle = Object.assign(() => {}, { credit: () => {} });
    const fail = (error: TsanosError): Settle => {
      // Later, so that the caller has what this method returns.
      queueMicrotask(() => hooks.failed(error));
      return nothing;
    };
    if (this.#closed) return fail(new TsanosError('cancelled', 'pool-closed', 'the engine is shutting down'));
    if (signal.aborted) return fail(abortError(signal));
    const worker = this.#leastLoaded();
    if (worker === undefined) {
      return fail(
        new TsanosError(
          'retryable',
          'no-worker',
          'all engine workers have ended and are being started again: try again',
        ),
      );
    }
    const id = this.#nextId++;
    try {
      worker.begin(id, kind, handler, request, hooks);
    } catch (error) {
      return fail(
        new TsanosError('internal', 'request-not-sent', `request for ${handler} cannot be sent to a worker`, {}, error),
      );
    }
    const onAbort = (): void => {
      worker.cancel(id, signal);
      hooks.failed(abortError(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return Object.assign(() => signal.removeEventListener('abort', onAbort), { credit: () => worker.credit(id) });
  }

  #leastLoaded(): WorkerHandle | undefined {
    let best: WorkerHandle | undefined;
    for (const worker of this.#workers) {
      if (worker.alive && (best === undefined || worker.load < best.load)) best = worker;
    }
    return best;
  }

  #start(index: number): void {
    const startedAt = performance.now();
    const worker = new WorkerHandle(index, this.#options, (error) => {
      if (this.#closed || !this.#begun) return;
      this.#deaths.inc();
      this.#options.log.error('engine worker ended, replacing it', { worker: index, err: error });
      const pause = performance.now() - startedAt < SOON_MS ? RESTART_PAUSE_MS : 0;
      const timer = setTimeout(() => {
        this.#restarts.delete(timer);
        if (!this.#closed) this.#start(index);
      }, pause);
      this.#restarts.add(timer);
    });
    this.#workers[index] = worker;
    for (const [name, value] of this.#board.entries()) worker.send({ kind: 'snapshot', name, value });
  }
}

/** Unhooks a request from its signal. */
type Settle = (() => void) & { credit(): void };
