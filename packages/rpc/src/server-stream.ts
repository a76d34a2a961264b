import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { MethodMetrics } from './call-metrics.ts';
import { compressionByName, type Compression } from './compression.ts';
import { FrameWriter } from './frame-writer.ts';
import { addMetadata, metadataFromHeaders, type Metadata } from './metadata.ts';
import type { ClientCertificate, MessageSink, ServerCall } from './server-call.ts';
import { encodeStatusMessage, RpcError, Status } from './status.ts';
import { parseGrpcTimeout } from './timeout.ts';

/** Bytes handed to the connection and not yet sent at which a producer should pause. */
const HIGH_WATER = 256 * 1024;
/** A pending block leaves after this time even when it is not full. */
const FLUSH_MS = 2;

export const ACCEPT_ENCODING = 'identity,gzip,snappy';

/** One call on the server: what the handler sees of it, and the way of its answer out. */
export class ServerStream implements ServerCall, MessageSink {
  readonly path: string;
  readonly metadata: Metadata;
  readonly peer: string;
  readonly deadline: number;
  readonly trailers: Record<string, string> = {};
  readonly requestCompression: Compression | undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #contentType: string;
  readonly #abort = new AbortController();
  readonly #metrics: MethodMetrics | undefined;
  readonly #writer: FrameWriter;
  readonly #started = performance.now();
  #deadlineTimer: NodeJS.Timeout | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #unsent = 0;
  #waiting: (() => void)[] = [];
  #finished = false;
  #closed = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, metrics: MethodMetrics | undefined) {
    this.#stream = stream;
    this.#metrics = metrics;
    this.path = String(headers[':path'] ?? '');
    this.metadata = metadataFromHeaders(headers);
    const socket = stream.session?.socket;
    this.peer = socket === undefined ? '' : `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`;
    this.#contentType = String(headers['content-type'] ?? 'application/grpc');
    this.requestCompression = requestCompression(headers);
    this.#writer = new FrameWriter(this.requestCompression, (block, messages) => this.#write(block, messages));
    const timeout = parseGrpcTimeout(String(headers['grpc-timeout'] ?? ''));
    this.deadline = timeout === undefined ? Infinity : Date.now() + timeout;
    if (timeout !== undefined) this.#armDeadline(timeout);
    metrics?.started.inc();
    stream.on('close', () => this.#onClose());
    stream.on('aborted', () => this.#onClose());
    // An error of the stream is followed by its close, which is what ends the call.
    stream.on('error', () => {});
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get responseEncoding(): string {
    return this.requestCompression?.name ?? 'identity';
  }

  get clientCertificate(): ClientCertificate | undefined {
    const socket = this.#stream.session?.socket as TLSSocket | undefined;
    const subject = socket?.encrypted === true ? socket.getPeerCertificate().subject : undefined;
    if (subject === undefined) return undefined;
    return { organization: one(subject.O), organizationalUnit: one(subject.OU), commonName: one(subject.CN) };
  }

  get ended(): boolean {
    return this.#finished || this.#closed;
  }

  get buffer(): Uint8Array {
    return this.#writer.buffer;
  }

  alloc(size: number): number {
    this.#flushTimer ??= setTimeout(() => this.flush(), FLUSH_MS);
    return this.#writer.alloc(size);
  }

  send(message: Uint8Array): void {
    const at = this.alloc(message.length);
    this.#writer.buffer.set(message, at);
  }

  sendBlock(block: Uint8Array, messages: number): void {
    this.flush();
    this.#write(block, messages);
  }

  flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.#writer.flush();
  }

  get congested(): boolean {
    return this.#unsent >= HIGH_WATER || this.#closed;
  }

  async drain(): Promise<void> {
    while (this.congested) {
      if (this.signal.aborted) throw this.signal.reason as RpcError;
      if (this.ended) throw new RpcError(Status.CANCELLED, 'context canceled');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.signal.aborted) throw this.signal.reason as RpcError;
  }

  /** Counts a request message. */
  received(): void {
    this.#metrics?.received.inc();
  }

  /** Ends the call: sends what is pending and the status; later calls do nothing. */
  finish(error: RpcError | undefined): void {
    if (this.#finished) return;
    // Messages before an error were meant to be seen.
    this.flush();
    this.#finished = true;
    clearTimeout(this.#deadlineTimer);
    clearTimeout(this.#flushTimer);
    this.#settleMetrics(error?.status ?? Status.OK);
    if (this.#closed || this.#stream.destroyed) return;
    const trailers = this.#statusHeaders(error);
    if (this.#stream.headersSent) {
      this.#stream.once('wantTrailers', () => {
        if (!this.#stream.destroyed) this.#stream.sendTrailers(trailers);
      });
      this.#stream.end();
    } else {
      this.#stream.respond({ ...this.#responseHeaders(), ...trailers }, { endStream: true });
      this.#stream.end();
    }
    // The client has its answer; bytes it still sends are of no use.
    this.#stream.resume();
  }

  #write(block: Uint8Array, messages: number): void {
    if (this.#closed || this.#finished || this.#stream.destroyed) return;
    if (!this.#stream.headersSent) this.#stream.respond(this.#responseHeaders(), { waitForTrailers: true });
    this.#metrics?.sent.inc(messages);
    this.#unsent += block.length;
    this.#stream.write(block, () => {
      this.#unsent -= block.length;
      if (this.#unsent < HIGH_WATER) this.#wake();
    });
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  #responseHeaders(): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = {
      ':status': 200,
      'content-type': this.#contentType,
      'grpc-accept-encoding': ACCEPT_ENCODING,
    };
    if (this.requestCompression !== undefined) headers['grpc-encoding'] = this.requestCompression.name;
    return headers;
  }

  #statusHeaders(error: RpcError | undefined): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = { 'grpc-status': String(error?.status ?? Status.OK) };
    if (error !== undefined) headers['grpc-message'] = encodeStatusMessage(error.message);
    if (error?.details !== undefined)
      headers['grpc-status-details-bin'] = Buffer.from(error.details).toString('base64').replace(/=+$/, '');
    addMetadata(headers, this.trailers);
    return headers;
  }

  #armDeadline(ms: number): void {
    this.#deadlineTimer = setTimeout(
      () => {
        const error = new RpcError(Status.DEADLINE_EXCEEDED, 'context deadline exceeded');
        this.#abort.abort(error);
        this.finish(error);
        this.#wake();
        // Answer bytes that nobody takes would keep the stream and its memory.
        if (this.#unsent > 0) this.#stream.close(constants.NGHTTP2_CANCEL);
      },
      Math.min(ms, 0x7fffffff),
    );
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#deadlineTimer);
    clearTimeout(this.#flushTimer);
    if (!this.#finished) {
      this.#abort.abort(new RpcError(Status.CANCELLED, 'context canceled'));
      this.#settleMetrics(Status.CANCELLED);
      this.#finished = true;
    }
    this.#wake();
  }

  #settleMetrics(status: number): void {
    this.#metrics?.handled(status);
    this.#metrics?.seconds.observe((performance.now() - this.#started) / 1000);
  }
}

function requestCompression(headers: IncomingHttpHeaders): Compression | undefined {
  const name = String(headers['grpc-encoding'] ?? 'identity');
  return name === 'identity' || name === '' ? undefined : compressionByName(name);
}

function one(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value[0] : (value ?? '');
}
