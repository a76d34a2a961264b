import type { Logger, MetricsRegistry } from '@tsanos/bytes';

/** Tells a handler that its caller has gone; has the shape of `Cancellation` of `@tsanos/series`. */
export interface RequestCancel {
  /** For I/O; fires when the thread gets to its event loop. */
  readonly signal: AbortSignal;
  /** Cheap; true as soon as the request was cancelled, also while this thread is busy. */
  readonly cancelled: boolean;
  /** Throws the reason when cancelled. */
  throwIfCancelled(): void;
}

/** Memory a request holds; has the shape of `Budget` of `@tsanos/series`. */
export interface RequestMemory {
  takeBytes(bytes: number): void;
  giveBytes(bytes: number): void;
}

/** What a handler gets beside its request. */
export interface RequestScope {
  readonly cancel: RequestCancel;
  /** Taken from the counter that all threads share; what the handler has not given back is given back when it ends. */
  readonly budget: RequestMemory;
}

/**
 * Answers one kind of request: a promise for `WorkerPool.run`, an iterable of parts for `WorkerPool.stream`. A
 * Uint8Array that it answers with, or a part, is given away: do not touch it afterwards. To give away buffers inside another
 * answer, wrap it by `transferring`.
 */
export type WorkerHandler = (request: never, scope: RequestScope) => Promise<unknown> | AsyncIterable<Uint8Array>;

/** What an engine has of the thread it lives in. */
export interface WorkerEnv {
  /** 0 … count − 1. */
  readonly index: number;
  /** Threads that share the work: divide cache limits by it. 1 when the engine runs on the main thread. */
  readonly count: number;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  /** The newest value published under `name`, undefined before the first. Read-only. */
  snapshot<T>(name: string): T | undefined;
  /** Calls `listener` with the present value, if there is one, and with each later one. */
  onSnapshot<T>(name: string, listener: (value: T) => void): void;
}

/** Handlers of one component on one thread, with the connections and caches they share. */
export interface WorkerEngine {
  readonly handlers: Readonly<Record<string, WorkerHandler>>;
  close?(): Promise<void>;
}

/** What a component's `./worker` module exports as `createEngine`. */
export type EngineFactory = (env: WorkerEnv) => WorkerEngine | Promise<WorkerEngine>;

/** Finds the factory of an engine by name; throws for an unknown one. */
export type EngineLoader = (name: string) => Promise<EngineFactory>;

/** An answer with buffers to move, not copy, to the other thread. */
export class Transferring {
  readonly value: unknown;
  readonly buffers: readonly ArrayBuffer[];

  constructor(value: unknown, buffers: readonly ArrayBuffer[]) {
    this.value = value;
    this.buffers = buffers;
  }
}

/**
 * Marks the memory of `arrays` inside `value` as given away. Each must be the whole of a freshly allocated ArrayBuffer;
 * parts of a larger one, of Buffer's pool say, would take the rest along.
 */
export function transferring(value: unknown, arrays: readonly Uint8Array[]): Transferring {
  const buffers: ArrayBuffer[] = [];
  for (const array of arrays) {
    if (array.buffer instanceof ArrayBuffer && array.byteLength === array.buffer.byteLength) buffers.push(array.buffer);
  }
  return new Transferring(value, buffers);
}

/** The bytes alone in an ArrayBuffer of their own: `bytes` itself when it is that already, else a copy. */
export function standalone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) {
    // A Buffer stays a Buffer only on this side; the other side sees a plain Uint8Array.
    return new Uint8Array(buffer);
  }
  return new Uint8Array(bytes);
}
