import { parentPort, workerData } from 'node:worker_threads';
import { TsanosError } from '@tsanos/bytes';
import { PagedSlots } from '../metrics/cells.ts';
import { Registry } from '../metrics/registry.ts';
import { RequestBudget, SharedMemoryCounter } from './budget.ts';
import { SharedCancel } from './cancellation.ts';
import { standalone, Transferring, type EngineLoader, type RequestScope, type WorkerHandler } from './engine.ts';
import { isStream, loadEngines, unknownHandler } from './handlers.ts';
import { PortLogger } from './port-logger.ts';
import { STREAM_CREDITS, toWire, type FromWorker, type ToWorker, type WorkerStart } from './protocol.ts';
import { SnapshotBoard } from './snapshot-board.ts';

/** How often gauges that are asked for are brought up to date for main. */
const REFRESH_MS = 1000;

type RunMessage = Extract<ToWorker, { kind: 'run' | 'stream' }>;

/** A request that is running here. */
interface Running {
  readonly cancel: SharedCancel;
  credits: number;
  /** Wakes a stream that waits for credit or for its cancellation. */
  wake: () => void;
}

/** The body of the one worker entry file: loads the engines it was started with and serves requests until told to close. */
export async function startWorkerThread(load: EngineLoader): Promise<void> {
  if (parentPort === null)
    throw new TsanosError('internal', 'not-a-worker', 'the worker entry file was started on the main thread');
  const port = parentPort;
  const start = workerData as WorkerStart;
  const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  const board = new SnapshotBoard();
  const queue: ToWorker[] = [];
  // Snapshots may arrive while the engines load; requests wait until they are there.
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'snapshot') board.publish(message.name, message.value);
    else if (thread === undefined) queue.push(message);
    else thread.receive(message);
  });
  const metrics = new Registry(new PagedSlots(true), (spec, labelValues, part) => {
    if (part.slots.buffer instanceof SharedArrayBuffer) {
      send({ kind: 'metric', spec, labelValues, page: part.slots.buffer, at: part.at });
    }
  });
  let thread: WorkerThread | undefined;
  const loaded = await loadEngines(start.engines, load, {
    index: start.index,
    count: start.count,
    log: new PortLogger(send, start.debug),
    metrics,
    snapshot: (name) => board.get(name),
    onSnapshot: (name, listener) => board.on(name, listener),
  });
  setInterval(() => metrics.refresh(), REFRESH_MS).unref();
  thread = new WorkerThread(
    loaded.handlers,
    new SharedMemoryCounter(start.memory.limits, start.index, start.memory.buffer),
    send,
    async () => {
      for (const engine of loaded.engines) await engine.close?.();
      port.close();
    },
  );
  for (const message of queue) thread.receive(message);
  send({ kind: 'ready' });
}

class WorkerThread {
  readonly #handlers: ReadonlyMap<string, WorkerHandler>;
  readonly #memory: SharedMemoryCounter;
  readonly #send: (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;
  readonly #close: () => Promise<void>;
  readonly #cancelPages: Int32Array[] = [];
  readonly #running = new Map<number, Running>();

  constructor(
    handlers: ReadonlyMap<string, WorkerHandler>,
    memory: SharedMemoryCounter,
    send: (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void,
    close: () => Promise<void>,
  ) {
    this.#handlers = handlers;
    this.#memory = memory;
    this.#send = send;
    this.#close = close;
  }

  receive(message: ToWorker): void {
    switch (message.kind) {
      case 'run':
      case 'stream':
        void this.#serve(message);
        break;
      case 'cancel': {
        const running = this.#running.get(message.id);
        running?.cancel.abort();
        running?.wake();
        break;
      }
      case 'credit': {
        const running = this.#running.get(message.id);
        if (running === undefined) break;
        running.credits++;
        running.wake();
        break;
      }
      case 'cancel-page':
        this.#cancelPages.push(new Int32Array(message.page));
        break;
      case 'close':
        void this.#close();
        break;
      case 'snapshot':
        break;
    }
  }

  async #serve(message: RunMessage): Promise<void> {
    const { id, slot } = message;
    const running: Running = {
      cancel: new SharedCancel(this.#cancelPages[slot.page]!, slot.at),
      credits: STREAM_CREDITS,
      wake: () => {},
    };
    this.#running.set(id, running);
    const budget = new RequestBudget(this.#memory);
    try {
      running.cancel.throwIfCancelled();
      const handler = this.#handlers.get(message.handler);
      if (handler === undefined) throw unknownHandler(message.handler, this.#handlers);
      const scope: RequestScope = { cancel: running.cancel, budget };
      const answer = handler(message.request as never, scope);
      if (message.kind === 'stream') {
        if (!isStream(answer))
          throw new TsanosError('internal', 'answer-in-one', `handler ${message.handler} answers in one: use run()`);
        await this.#stream(id, answer, running);
      } else {
        if (isStream(answer)) {
          throw new TsanosError(
            'internal',
            'answer-in-parts',
            `handler ${message.handler} answers in parts: use stream()`,
          );
        }
        this.#answer(id, await answer);
      }
    } catch (error) {
      this.#send({ kind: 'failed', id, error: toWire(error) });
    } finally {
      this.#running.delete(id);
      budget.close();
    }
  }

  #answer(id: number, value: unknown): void {
    if (value instanceof Transferring) {
      this.#send({ kind: 'answer', id, value: value.value }, value.buffers);
    } else if (value instanceof Uint8Array && !(value.buffer instanceof SharedArrayBuffer)) {
      const bytes = standalone(value);
      this.#send({ kind: 'answer', id, value: bytes }, [bytes.buffer]);
    } else {
      this.#send({ kind: 'answer', id, value });
    }
  }

  async #stream(id: number, parts: AsyncIterable<Uint8Array>, running: Running): Promise<void> {
    for await (const part of parts) {
      while (running.credits === 0 && !running.cancel.cancelled) {
        await new Promise<void>((resolve) => {
          running.wake = resolve;
        });
      }
      running.cancel.throwIfCancelled();
      running.credits--;
      const bytes = standalone(part);
      this.#send({ kind: 'part', id, part: bytes }, [bytes.buffer]);
    }
    running.cancel.throwIfCancelled();
    this.#send({ kind: 'end', id });
  }
}
