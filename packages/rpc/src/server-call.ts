import type { Metadata } from './metadata.ts';

/** What a handler knows of the call it serves. */
export interface ServerCall {
  /** `/thanos.Store/Series`. */
  readonly path: string;
  readonly metadata: Metadata;
  /** `host:port` of the caller. */
  readonly peer: string;
  /** When the caller stops waiting, ms since the epoch; Infinity when it named no timeout. */
  readonly deadline: number;
  /** Fires when the caller goes, the deadline passes or the server is stopped; its reason is an RpcError. */
  readonly signal: AbortSignal;
  /** Name of the encoding answers go out in: `identity`, `gzip` or `snappy`. */
  readonly responseEncoding: string;
  /** Subject of the client's certificate when the connection is mutual TLS. */
  readonly clientCertificate: ClientCertificate | undefined;
  /** Sent with the status. */
  readonly trailers: Record<string, string>;
}

/** The fields of a client certificate that tenancy reads. */
export interface ClientCertificate {
  readonly organization: string;
  readonly organizationalUnit: string;
  readonly commonName: string;
}

/**
 * Where a streaming handler puts its messages. Nothing here waits: a producer asks `congested` after each piece of work and
 * then awaits `drain()`, so that a slow reader pauses it. What is pending leaves by itself within a few milliseconds.
 */
export interface MessageSink {
  /** Where the message of the last `alloc` goes. */
  readonly buffer: Uint8Array;
  /** Begins a message of exactly `size` bytes: the caller fills `buffer` from the returned offset before it calls anything else. */
  alloc(size: number): number;
  /** Copies a whole message in. */
  send(message: Uint8Array): void;
  /** Sends bytes a `FrameWriter` of the same encoding made elsewhere; the block is given away. */
  sendBlock(block: Uint8Array, messages: number): void;
  /** Sends what is pending now. */
  flush(): void;
  /** More bytes wait for the reader than should. */
  readonly congested: boolean;
  /** Resolves when it is no longer congested; rejects with the reason of `signal` when the call has ended. */
  drain(): Promise<void>;
}

/** One request, one answer. */
export interface UnaryMethod {
  readonly kind: 'unary';
  handle(request: Uint8Array, call: ServerCall): Promise<Uint8Array> | Uint8Array;
}

/** One request, many answers; the stream ends when the promise resolves. */
export interface ServerStreamMethod {
  readonly kind: 'server-stream';
  handle(request: Uint8Array, call: ServerCall, sink: MessageSink): Promise<void>;
}

/** Many requests, many answers. */
export interface BidiMethod {
  readonly kind: 'bidi';
  handle(requests: AsyncIterable<Uint8Array>, call: ServerCall, sink: MessageSink): Promise<void>;
}

export type MethodHandler = UnaryMethod | ServerStreamMethod | BidiMethod;

/** A service as the server registers it. */
export interface ServiceDefinition {
  /** Full name: `thanos.Store`. */
  readonly name: string;
  readonly methods: Readonly<Record<string, MethodHandler>>;
}
