import { constants, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import { compressionByName } from './compression.ts';
import { FrameReader, type MessageBlock } from './frame-reader.ts';
import { metadataFromHeaders } from './metadata.ts';
import { decodeStatusMessage, RpcError, Status } from './status.ts';

/** Received bytes that may wait for the reader before the stream is paused; flow control then stops the server. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** What the stream reports to its channel. */
export interface ClientStreamHooks {
  received(messages: number): void;
  /** The server did not look at the call (it is going away); true when the call begins again on another connection. */
  refused(): boolean;
  ended(status: number): void;
}

/** The answers of one call, as blocks of messages in the order they came. */
export class ClientStream {
  readonly #maxBytes: number;
  readonly #hooks: ClientStreamHooks;
  #stream: ClientHttp2Stream | undefined;
  #reader: FrameReader | undefined;
  #queue: MessageBlock[] = [];
  #queuedBytes = 0;
  #headers: IncomingHttpHeaders = {};
  #trailers: IncomingHttpHeaders = {};
  #wake: (() => void) | undefined;
  #ended = false;
  #error: RpcError | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#abort();

  constructor(maxBytes: number, hooks: ClientStreamHooks) {
    this.#maxBytes = maxBytes;
    this.#hooks = hooks;
  }

  /** Response metadata; empty until the first message or the end. */
  get headers(): Record<string, string> {
    return metadataFromHeaders(this.#headers);
  }

  get trailers(): Record<string, string> {
    return metadataFromHeaders(this.#trailers);
  }

  /** Encoding of the answers. */
  get encoding(): string {
    return String(this.#headers['grpc-encoding'] ?? 'identity');
  }

  /** All that has arrived since the last read, at least one block; undefined at the end of a call that went well. Throws an RpcError otherwise. */
  async read(): Promise<MessageBlock[] | undefined> {
    for (;;) {
      if (this.#queue.length > 0) {
        const blocks = this.#queue;
        this.#queue = [];
        if (this.#queuedBytes >= MAX_QUEUED_BYTES) this.#stream?.resume();
        this.#queuedBytes = 0;
        return blocks;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends the call from this side; the server hears of it at once. */
  cancel(reason: RpcError = new RpcError(Status.CANCELLED, 'context canceled')): void {
    this.#finish(reason);
    this.#queue = [];
    this.#stream?.close(constants.NGHTTP2_CANCEL);
  }

  /** Ends it by itself at a time or when the signal fires. */
  limit(timeoutMs: number, signal: AbortSignal | undefined): void {
    if (timeoutMs < 0x7fffffff)
      this.#deadline = setTimeout(
        () => this.cancel(new RpcError(Status.DEADLINE_EXCEEDED, 'context deadline exceeded')),
        timeoutMs,
      );
    if (signal === undefined) return;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#abort();
  }

  /** Takes the HTTP/2 stream once there is one. */
  attach(stream: ClientHttp2Stream): void {
    this.#stream = stream;
    stream.on('response', (headers) => this.#onHeaders(headers));
    stream.on('trailers', (trailers: IncomingHttpHeaders) => {
      this.#trailers = trailers;
    });
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('error', () => {});
    stream.on('close', () => this.#onClose());
    if (this.#ended) stream.close(constants.NGHTTP2_CANCEL);
  }

  /** Ends the call before there was a stream. */
  fail(error: RpcError): void {
    this.#finish(error);
  }

  get ended(): boolean {
    return this.#ended;
  }

  #abort(): void {
    const reason: unknown = this.#signal?.reason;
    this.cancel(
      reason instanceof RpcError ? reason : new RpcError(Status.CANCELLED, 'context canceled', { cause: reason }),
    );
  }

  #onHeaders(headers: IncomingHttpHeaders): void {
    this.#headers = headers;
    const status = Number(headers[':status'] ?? 0);
    const contentType = String(headers['content-type'] ?? '');
    if (headers['grpc-status'] !== undefined) {
      this.#trailers = headers;
      return;
    }
    if (status !== 200 || !contentType.startsWith('application/grpc'))
      return this.#protocolError(httpError(status, contentType));
    const encoding = this.encoding;
    const compression = compressionByName(encoding);
    if (encoding !== 'identity' && encoding !== '' && compression === undefined) {
      return this.#protocolError(
        new RpcError(Status.UNIMPLEMENTED, `grpc: Decompressor is not installed for grpc-encoding "${encoding}"`),
      );
    }
    this.#reader = new FrameReader(compression, this.#maxBytes);
  }

  #onData(chunk: Buffer): void {
    if (this.#ended || this.#reader === undefined) return;
    let count: number;
    try {
      count = this.#reader.push(chunk, this.#queue);
    } catch (error) {
      return this.#protocolError(error as RpcError);
    }
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= MAX_QUEUED_BYTES && this.#queue.length > 0) this.#stream?.pause();
    if (count > 0) {
      this.#hooks.received(count);
      this.#signalReader();
    }
  }

  #protocolError(error: RpcError): void {
    this.#finish(error);
    this.#stream?.close(constants.NGHTTP2_CANCEL);
  }

  #onClose(): void {
    if (this.#ended) return;
    const status = this.#trailers['grpc-status'];
    if (status === undefined) {
      const refused = this.#stream?.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      if (refused && this.#headers[':status'] === undefined && this.#hooks.refused()) return;
      return this.#finish(resetError(this.#stream));
    }
    const code = Number(status);
    if (code === Status.OK) {
      return this.#finish(this.#reader?.partial === true ? new RpcError(Status.INTERNAL, 'unexpected EOF') : undefined);
    }
    const details = this.#trailers['grpc-status-details-bin'];
    this.#finish(
      new RpcError(
        Number.isInteger(code) ? code : Status.UNKNOWN,
        decodeStatusMessage(String(this.#trailers['grpc-message'] ?? '')),
        {
          details: details === undefined ? undefined : Buffer.from(String(details), 'base64'),
        },
      ),
    );
  }

  #finish(error: RpcError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    clearTimeout(this.#deadline);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#hooks.ended(error?.status ?? Status.OK);
    this.#signalReader();
  }

  #signalReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

const HTTP_STATUS: Readonly<Record<number, number>> = {
  400: Status.INTERNAL,
  401: Status.UNAUTHENTICATED,
  403: Status.PERMISSION_DENIED,
  404: Status.UNIMPLEMENTED,
  429: Status.UNAVAILABLE,
  502: Status.UNAVAILABLE,
  503: Status.UNAVAILABLE,
  504: Status.UNAVAILABLE,
};

function httpError(status: number, contentType: string): RpcError {
  if (status === 200)
    return new RpcError(Status.UNKNOWN, `unexpected content-type "${contentType}" received from server`);
  return new RpcError(
    HTTP_STATUS[status] ?? Status.UNKNOWN,
    `unexpected HTTP status code received from server: ${status}`,
  );
}

const RESET_STATUS: Readonly<Record<number, number>> = {
  [constants.NGHTTP2_REFUSED_STREAM]: Status.UNAVAILABLE,
  [constants.NGHTTP2_CANCEL]: Status.CANCELLED,
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: Status.RESOURCE_EXHAUSTED,
  [constants.NGHTTP2_INADEQUATE_SECURITY]: Status.PERMISSION_DENIED,
};

function resetError(stream: ClientHttp2Stream | undefined): RpcError {
  const code = stream?.rstCode ?? 0;
  const session = stream?.session;
  if (session === undefined || session.destroyed)
    return new RpcError(Status.UNAVAILABLE, 'error reading from server: EOF');
  if (code === constants.NGHTTP2_NO_ERROR)
    return new RpcError(Status.INTERNAL, 'server closed the stream without sending trailers');
  return new RpcError(
    RESET_STATUS[code] ?? Status.INTERNAL,
    `stream terminated by RST_STREAM with error code: ${code}`,
  );
}
