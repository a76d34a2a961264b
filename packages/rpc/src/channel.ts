import type { OutgoingHttpHeaders } from 'node:http2';
import { silentMetrics, type MetricsRegistry } from '@tsanos/bytes';
import { CallMetrics } from './call-metrics.ts';
import { ClientStream } from './client-stream.ts';
import { compressionByName } from './compression.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { blockMessage, type MessageBlock } from './frame-reader.ts';
import { frameMessage } from './frame-writer.ts';
import { addMetadata, type Metadata } from './metadata.ts';
import { MAX_MESSAGE_BYTES } from './server.ts';
import { RpcError, Status, toRpcError } from './status.ts';
import { formatGrpcTimeout } from './timeout.ts';

export interface ChannelOptions extends ConnectionOptions {
  /** Encoding of requests; servers answer in the same. Default identity. */
  readonly compression?: 'none' | 'gzip' | 'snappy' | undefined;
  readonly maxMessageBytes?: number | undefined;
  readonly userAgent?: string | undefined;
  readonly metrics?: MetricsRegistry | undefined;
}

export interface CallOptions {
  readonly metadata?: Metadata | undefined;
  /** The call ends with DeadlineExceeded after this time, and the server is told. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Waits for a connection instead of failing while there is none; give it a timeout. */
  readonly waitForReady?: boolean | undefined;
}

/** The answers of a streaming call. */
export interface MessageStream {
  /** Response metadata; empty until the first message or the end. */
  readonly headers: Record<string, string>;
  readonly trailers: Record<string, string>;
  /** Encoding of the answers. */
  readonly encoding: string;
  /** All that has arrived since the last read, at least one block; undefined at the end of a call that went well. Throws an RpcError otherwise. */
  read(): Promise<MessageBlock[] | undefined>;
  /** Ends the call from this side; the server hears of it at once. */
  cancel(reason?: RpcError): void;
}

/** Something calls can be made on: one connection, or several behind one name. */
export interface RpcChannel {
  /** For messages: what it connects to. */
  readonly target: string;
  /** One request, one answer. */
  unary(path: string, request: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
  /** One request, many answers, read by `read()`. */
  stream(path: string, request: Uint8Array, options?: CallOptions): MessageStream;
  close(): void;
}

/** Calls over one connection to one address, made on first use and again when it was lost. */
export class Channel implements RpcChannel {
  readonly target: string;
  readonly #options: ChannelOptions;
  readonly #connection: Connection;
  readonly #metrics: CallMetrics;
  readonly #headers: OutgoingHttpHeaders;

  constructor(target: string, options: ChannelOptions = {}) {
    this.target = target;
    this.#options = options;
    this.#connection = new Connection(target, options);
    this.#metrics = new CallMetrics(options.metrics ?? silentMetrics, 'client');
    this.#headers = {
      ':method': 'POST',
      ':scheme': options.tls === undefined ? 'http' : 'https',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': options.userAgent ?? 'tsanos',
      'grpc-accept-encoding': 'gzip,snappy',
      ...(this.#compression === undefined ? {} : { 'grpc-encoding': this.#compression.name }),
    };
  }

  async unary(path: string, request: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    const stream = this.#call(path, 'unary', request, options);
    let answer: Uint8Array | undefined;
    for (let blocks = await stream.read(); blocks !== undefined; blocks = await stream.read()) {
      answer ??= blockMessage(blocks[0], 0);
    }
    if (answer === undefined)
      throw new RpcError(
        Status.INTERNAL,
        'cardinality violation: received no response message from non-server-streaming RPC',
      );
    return answer;
  }

  stream(path: string, request: Uint8Array, options: CallOptions = {}): ClientStream {
    return this.#call(path, 'server-stream', request, options);
  }

  close(): void {
    this.#connection.close();
  }

  get #compression(): ReturnType<typeof compressionByName> {
    return compressionByName(this.#options.compression ?? 'none');
  }

  #call(path: string, kind: 'unary' | 'server-stream', request: Uint8Array, options: CallOptions): ClientStream {
    const cells = this.#metrics.method(path, kind);
    const started = performance.now();
    cells.started.inc();
    let opened = false;
    let refusals = 0;
    const begin = (): void => {
      open().catch((error: unknown) =>
        stream.fail(
          error instanceof RpcError
            ? error
            : new RpcError(Status.UNAVAILABLE, toRpcError(error).message, { cause: error }),
        ),
      );
    };
    const stream = new ClientStream(this.#options.maxMessageBytes ?? MAX_MESSAGE_BYTES, {
      received: (messages) => cells.received.inc(messages),
      refused: () => {
        if (refusals++ > 0) return false;
        begin();
        return true;
      },
      ended: (status) => {
        if (opened) this.#connection.callClosed();
        cells.handled(status);
        cells.seconds.observe((performance.now() - started) / 1000);
      },
    });
    const deadline = options.timeoutMs === undefined ? Infinity : Date.now() + options.timeoutMs;
    stream.limit(options.timeoutMs ?? Infinity, options.signal);
    const open = async (): Promise<void> => {
      const session = await this.#connection.session(options.waitForReady ?? false, options.signal);
      if (stream.ended) return;
      const headers: OutgoingHttpHeaders = { ...this.#headers, ':path': path };
      if (deadline !== Infinity) headers['grpc-timeout'] = formatGrpcTimeout(deadline - Date.now());
      addMetadata(headers, options.metadata);
      const http = session.request(headers);
      if (!opened) {
        opened = true;
        this.#connection.callOpened();
        cells.sent.inc();
      }
      stream.attach(http);
      http.end(frameMessage(request, this.#compression));
    };
    begin();
    return stream;
  }
}
