import { TsanosError } from '@tsanos/bytes';
import { compressionByName, FrameWriter, RpcError, type MessageSink, type MethodHandler, type ServerCall, type ServiceDefinition } from '@tsanos/rpc';
import type { Budget } from '@tsanos/series';

/** A call as it crosses from the thread of the gRPC server to the worker that answers it. */
export interface RelayedCall {
  readonly path: string;
  readonly request: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
  readonly peer: string;
  readonly deadline: number;
  readonly encoding: string;
}

/** What the relay needs of a worker pool. */
export interface RelayPool {
  run(handler: string, request: RelayedCall, signal: AbortSignal): Promise<Uint8Array>;
  stream(handler: string, request: RelayedCall, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** What the relay needs of a request in the worker. */
export interface RelayScope {
  readonly cancel: { readonly signal: AbortSignal };
  readonly budget: Budget;
}

/**
 * The main thread's half: a service whose calls run in workers under the handler names `<prefix>.<Method>`. Streams come back as blocks of
 * whole gRPC frames, which leave as they are; a slow reader stops the worker through the pool's credits.
 */
export function relayedService(name: string, kinds: Readonly<Record<string, 'unary' | 'server-stream'>>, pool: RelayPool, prefix: string): ServiceDefinition {
  const methods: Record<string, MethodHandler> = {};
  for (const [method, kind] of Object.entries(kinds)) {
    const handler = `${prefix}.${method}`;
    methods[method] =
      kind === 'unary'
        ? { kind, handle: (request, call) => rethrown(() => pool.run(handler, relayed(request, call), call.signal)) }
        : { kind, handle: (request, call, sink) => rethrown(() => passOn(pool.stream(handler, relayed(request, call), call.signal), sink)) };
  }
  return { name, methods };
}

function relayed(request: Uint8Array, call: ServerCall): RelayedCall {
  // A copy: the request is a view of the connection's buffer, which must not travel along.
  return { path: call.path, request: request.slice(), metadata: { ...call.metadata }, peer: call.peer, deadline: call.deadline, encoding: call.responseEncoding };
}

async function passOn(parts: AsyncIterable<Uint8Array>, sink: MessageSink): Promise<void> {
  for await (const block of parts) {
    sink.sendBlock(block, countFrames(block));
    if (sink.congested) await sink.drain();
  }
}

/** Messages in a block of whole frames: a flag byte and a length before each. */
function countFrames(block: Uint8Array): number {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  let count = 0;
  for (let at = 0; at + 5 <= block.length; at += 5 + view.getUint32(at + 1)) count++;
  return count;
}

/** Errors that crossed threads are RpcErrors again. */
async function rethrown<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof TsanosError && !(error instanceof RpcError) && error.code.startsWith('grpc-') && typeof error.fields['status'] === 'number') {
      throw new RpcError(error.fields['status'], error.message, { cause: error });
    }
    throw error;
  }
}

/** A handler of a worker engine. */
export type RelayHandler = (call: RelayedCall, scope: RelayScope) => Promise<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * The worker's half: handlers named `<prefix>.<Method>` that run the methods of a service made for the request at hand, so that it
 * can count memory against the request's budget.
 */
export function relayHandlers(make: (budget: Budget) => ServiceDefinition, prefix: string): Record<string, RelayHandler> {
  const handlers: Record<string, RelayHandler> = {};
  for (const [name, { kind }] of Object.entries(make(NO_BUDGET).methods)) {
    if (kind === 'bidi') continue;
    handlers[`${prefix}.${name}`] = (call, scope) => {
      const method = make(scope.budget).methods[name];
      const context = serverCall(call, scope);
      if (method.kind === 'unary') return Promise.resolve(method.handle(call.request, context));
      if (method.kind === 'server-stream') return streamed((sink) => method.handle(call.request, context, sink), call.encoding, scope.cancel.signal);
      throw new TsanosError('internal', 'relay-method', `${prefix}.${name} cannot be relayed`);
    };
  }
  return handlers;
}

const NO_BUDGET: Budget = { takeBytes: () => {}, giveBytes: () => {} };

function serverCall(call: RelayedCall, scope: RelayScope): ServerCall {
  return {
    path: call.path,
    metadata: call.metadata,
    peer: call.peer,
    deadline: call.deadline,
    signal: scope.cancel.signal,
    responseEncoding: call.encoding,
    clientCertificate: undefined,
    trailers: {},
  };
}

/** Runs a streaming handler against a sink in memory and yields its blocks as they fill. */
async function* streamed(handle: (sink: MessageSink) => Promise<void>, encoding: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const sink = new BlockSink(encoding, signal);
  const work = handle(sink).then(
    () => sink.end(undefined),
    (error: unknown) => sink.end({ error }),
  );
  try {
    for (let block = await sink.next(); block !== undefined; block = await sink.next()) yield block;
    await work;
  } finally {
    sink.abandon();
  }
}

/** Blocks that may wait before the handler is asked to pause. */
const MAX_WAITING_BLOCKS = 4;

/** A `MessageSink` that collects blocks for a consumer in the same thread. */
class BlockSink implements MessageSink {
  readonly #frames: FrameWriter;
  readonly #signal: AbortSignal;
  readonly #blocks: Uint8Array[] = [];
  #ended: { error: unknown } | 'well' | undefined;
  #abandoned = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  constructor(encoding: string, signal: AbortSignal) {
    this.#signal = signal;
    this.#frames = new FrameWriter(compressionByName(encoding), (block) => {
      this.#blocks.push(block);
      this.#wakeReader?.();
    });
  }

  get buffer(): Uint8Array {
    return this.#frames.buffer;
  }

  alloc(size: number): number {
    return this.#frames.alloc(size);
  }

  send(message: Uint8Array): void {
    this.#frames.send(message);
  }

  sendBlock(block: Uint8Array): void {
    this.#frames.flush();
    this.#blocks.push(block);
    this.#wakeReader?.();
  }

  flush(): void {
    this.#frames.flush();
  }

  get congested(): boolean {
    return this.#blocks.length >= MAX_WAITING_BLOCKS;
  }

  async drain(): Promise<void> {
    while (this.congested) {
      if (this.#abandoned || this.#signal.aborted) throw this.#signal.reason ?? new TsanosError('cancelled', 'reader-gone', 'the reader has gone');
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
        this.#signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  end(failure: { error: unknown } | undefined): void {
    if (failure === undefined) this.#frames.flush();
    this.#ended = failure ?? 'well';
    this.#wakeReader?.();
  }

  /** The consumer takes no more. */
  abandon(): void {
    this.#abandoned = true;
    this.#wakeWriter?.();
  }

  /** The next block; undefined at the end. What is written but not yet a full block leaves when the consumer would have to wait. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const block = this.#blocks.shift();
      if (block !== undefined) {
        this.#wakeWriter?.();
        return block;
      }
      if (this.#ended === 'well') return undefined;
      if (this.#ended !== undefined) throw this.#ended.error;
      if (this.#frames.pendingBytes > 0) {
        this.#frames.flush();
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
        // Small answers do not fill a block: look again soon.
        setTimeout(resolve, 5).unref();
      });
    }
  }
}
