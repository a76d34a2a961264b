import { TsanosError } from '@tsanos/bytes';
import type { WorkerPool } from '../worker-pool.ts';
import { RequestBudget, type SharedMemoryCounter } from './budget.ts';
import { abortError, SignalCancel } from './cancellation.ts';
import { Transferring, type WorkerEngine, type WorkerHandler } from './engine.ts';
import { isStream, unknownHandler } from './handlers.ts';
import { asTsanosError } from './protocol.ts';
import type { SnapshotBoard } from './snapshot-board.ts';

/** The engines on this very thread: for `--engine.workers=0`, tests and embedding. Requests and answers are not copied. */
export class InlinePool implements WorkerPool {
  readonly size = 0;
  readonly #engines: readonly WorkerEngine[];
  readonly #handlers: ReadonlyMap<string, WorkerHandler>;
  readonly #board: SnapshotBoard;
  readonly #memory: SharedMemoryCounter;
  readonly #closing = new AbortController();

  constructor(
    engines: readonly WorkerEngine[],
    handlers: ReadonlyMap<string, WorkerHandler>,
    board: SnapshotBoard,
    memory: SharedMemoryCounter,
  ) {
    this.#engines = engines;
    this.#handlers = handlers;
    this.#board = board;
    this.#memory = memory;
  }

  publish(name: string, value: unknown): void {
    this.#board.publish(name, value);
  }

  async run<Q, R>(handler: string, request: Q, signal: AbortSignal): Promise<R> {
    const both = this.#signal(signal);
    if (both.aborted) throw abortError(both);
    const budget = new RequestBudget(this.#memory);
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(abortError(both));
    both.addEventListener('abort', onAbort, { once: true });
    let running: Promise<unknown> | undefined;
    try {
      const answer = this.#find(handler)(request as never, { cancel: new SignalCancel(both), budget });
      if (isStream(answer))
        throw new TsanosError('internal', 'answer-in-parts', `handler ${handler} answers in parts: use stream()`);
      running = answer;
      const value = await Promise.race([answer, aborted.promise]);
      return (value instanceof Transferring ? value.value : value) as R;
    } catch (error) {
      throw asTsanosError(error);
    } finally {
      both.removeEventListener('abort', onAbort);
      // After an abort the handler still runs to its next check, and may hold memory until then.
      const close = (): void => budget.close();
      if (running === undefined) close();
      else void running.then(close, close);
    }
  }

  async *stream<Q>(handler: string, request: Q, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const left = new AbortController();
    const both = AbortSignal.any([this.#signal(signal), left.signal]);
    if (both.aborted) throw abortError(both);
    const budget = new RequestBudget(this.#memory);
    const cancel = new SignalCancel(both);
    try {
      const answer = this.#find(handler)(request as never, { cancel, budget });
      if (!isStream(answer))
        throw new TsanosError('internal', 'answer-in-one', `handler ${handler} answers in one: use run()`);
      for await (const part of answer) {
        cancel.throwIfCancelled();
        yield part;
      }
      cancel.throwIfCancelled();
    } catch (error) {
      throw asTsanosError(error);
    } finally {
      left.abort();
      budget.close();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new TsanosError('cancelled', 'pool-closed', 'the engine is shutting down'));
    for (const engine of this.#engines) await engine.close?.();
  }

  #signal(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal]);
  }

  #find(name: string): WorkerHandler {
    const handler = this.#handlers.get(name);
    if (handler === undefined) throw unknownHandler(name, this.#handlers);
    return handler;
  }
}
