import { Worker } from 'node:worker_threads';
import { TsanosError } from '@tsanos/bytes';
import type { MetricSpec } from '../metrics/family.ts';
import type { Slots } from '../metrics/cells.ts';
import { CancelSlots, type CancelSlot } from './cancel-slots.ts';
import { cancelCode } from './cancellation.ts';
import { fromWire, type FromWorker, type ToWorker, type WorkerStart } from './protocol.ts';
import type { ThreadPoolOptions } from './thread-pool-options.ts';

/** Who waits for a request. After `failed` or `end` nothing more is told. */
export interface Pending {
  answer(value: unknown): void;
  part(part: Uint8Array): void;
  end(): void;
  failed(error: TsanosError): void;
}

/** How long a worker may take to close its engines before it is ended. */
const CLOSE_MS = 5000;

/** One worker thread as main sees it. */
export class WorkerHandle {
  readonly ready: Promise<void>;
  readonly #index: number;
  readonly #options: ThreadPoolOptions;
  readonly #worker: Worker;
  readonly #slots: CancelSlots;
  /** All the worker has not ended yet, also those whose caller has gone. */
  readonly #pending = new Map<number, { hooks: Pending; slot: CancelSlot }>();
  readonly #gauges: { spec: MetricSpec; labelValues: readonly string[]; part: Slots }[] = [];
  readonly #readiness = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<void>();
  #alive = true;
  #isReady = false;
  #lastError: unknown;

  constructor(index: number, options: ThreadPoolOptions, onDeath: (error: TsanosError) => void) {
    this.#index = index;
    this.#options = options;
    const { memory, engines, size, debug } = options;
    const start: WorkerStart = {
      engines,
      index,
      count: size,
      memory: { buffer: memory.buffer, limits: memory.limits },
      debug,
    };
    this.#worker = new Worker(options.entry, { workerData: start, name: `engine-${index}` });
    this.#slots = new CancelSlots((page) => this.send({ kind: 'cancel-page', page }));
    this.ready = this.#readiness.promise;
    // Whoever does not ask for readiness learns of the death by `onDeath`.
    this.ready.catch(() => {});
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error) => {
      this.#lastError = error;
    });
    this.#worker.on('exit', (code) => {
      const error = this.#bury(code);
      onDeath(error);
      this.#exited.resolve();
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  get load(): number {
    return this.#pending.size;
  }

  send(message: ToWorker): void {
    if (this.#alive) this.#worker.postMessage(message);
  }

  begin(id: number, kind: 'run' | 'stream', handler: string, request: unknown, hooks: Pending): void {
    const slot = this.#slots.take();
    try {
      this.send({ kind, id, handler, request, slot });
    } catch (error) {
      this.#slots.give(slot);
      throw error;
    }
    this.#pending.set(id, { hooks, slot });
  }

  cancel(id: number, signal: AbortSignal): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#slots.cancel(pending.slot, cancelCode(signal));
    this.send({ kind: 'cancel', id });
  }

  credit(id: number): void {
    if (this.#pending.has(id)) this.send({ kind: 'credit', id });
  }

  /** Lets the engines close, then ends the thread. */
  async close(): Promise<void> {
    if (!this.#alive) return;
    this.send({ kind: 'close' });
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_MS);
    await this.#exited.promise;
    clearTimeout(timer);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        this.#readiness.resolve();
        break;
      case 'answer':
        this.#end(message.id)?.answer(message.value);
        break;
      case 'part':
        this.#pending.get(message.id)?.hooks.part(message.part);
        break;
      case 'end':
        this.#end(message.id)?.end();
        break;
      case 'failed':
        this.#end(message.id)?.failed(fromWire(message.error));
        break;
      case 'log':
        this.#options.log[message.level](message.msg, { ...message.fields, worker: this.#index });
        break;
      case 'metric': {
        const part = { slots: new Float64Array(message.page), at: message.at };
        this.#options.metrics.adopt(message.spec, message.labelValues, part);
        if (message.spec.type === 'gauge')
          this.#gauges.push({ spec: message.spec, labelValues: message.labelValues, part });
        break;
      }
    }
  }

  #end(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    this.#slots.give(pending.slot);
    return pending.hooks;
  }

  #bury(code: number): TsanosError {
    this.#alive = false;
    const why = this.#lastError instanceof Error ? this.#lastError.message : `exit code ${code}`;
    const fields = { worker: this.#index };
    const error = this.#isReady
      ? new TsanosError(
          'internal',
          'worker-died',
          `the engine worker that ran this request ended (${why}); it is being replaced, try again`,
          fields,
          this.#lastError,
        )
      : new TsanosError(
          'internal',
          'worker-start',
          'an engine worker could not start',
          fields,
          this.#lastError ?? new Error(why),
        );
    this.#readiness.reject(error);
    this.#options.memory.bury(this.#index);
    for (const { spec, labelValues, part } of this.#gauges) this.#options.metrics.disown(spec, labelValues, part);
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { hooks } of pending) hooks.failed(error);
    return error;
  }
}
