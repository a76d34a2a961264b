import http2, {
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { silentLogger, silentMetrics, type Logger, type MetricsRegistry } from '@tsanos/bytes';
import { parseAddress } from './address.ts';
import { CallMetrics } from './call-metrics.ts';
import { compressionByName } from './compression.ts';
import { FrameReader, blockMessage, type MessageBlock } from './frame-reader.ts';
import { RequestQueue } from './request-queue.ts';
import type { MethodHandler, ServiceDefinition } from './server-call.ts';
import { ACCEPT_ENCODING, ServerStream } from './server-stream.ts';
import { encodeStatusMessage, RpcError, Status, toRpcError } from './status.ts';
import { serverTlsOptions, type ServerTls } from './tls.ts';

/** Flow-control window of a stream and of a connection. */
export const WINDOW_BYTES = 4 * 1024 * 1024;
/** Largest message by default; what Thanos sets. */
export const MAX_MESSAGE_BYTES = 0x7fffffff;

export interface RpcServerOptions {
  readonly tls?: ServerTls | undefined;
  readonly maxMessageBytes?: number | undefined;
  /** A connection is asked to go away after this time, give or take 10 %; default 60 minutes. */
  readonly maxConnectionAgeMs?: number | undefined;
  /** What its calls get to end then; default 2 minutes. */
  readonly maxConnectionAgeGraceMs?: number | undefined;
  readonly logger?: Logger | undefined;
  readonly metrics?: MetricsRegistry | undefined;
}

/**
 * A gRPC server on HTTP/2: unary, server-streaming and bidirectional methods on raw message bytes. Requests in identity, gzip
 * and snappy (stream format) are answered in the encoding they came in, as grpc-go does.
 */
export class RpcServer {
  readonly #options: RpcServerOptions;
  readonly #logger: Logger;
  readonly #metrics: CallMetrics;
  readonly #services = new Map<string, ServiceDefinition>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #calls = new Set<ServerStream>();
  #server: Http2Server | Http2SecureServer | undefined;

  constructor(options: RpcServerOptions = {}) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#metrics = new CallMetrics(options.metrics ?? silentMetrics, 'server');
  }

  /** Adds a service; may be called while the server runs. */
  register(service: ServiceDefinition): void {
    this.#services.set(service.name, service);
    for (const [name, method] of Object.entries(service.methods))
      this.#metrics.method(`/${service.name}/${name}`, method.kind);
  }

  /** Full names of the services registered. */
  get services(): string[] {
    return [...this.#services.keys()];
  }

  /** How many calls are open. */
  get openCalls(): number {
    return this.#calls.size;
  }

  /** Listens on `host:port` (`:0` picks a port); resolves with what it got. */
  async listen(address: string): Promise<{ host: string; port: number }> {
    const { host, port } = parseAddress(address);
    const settings = {
      initialWindowSize: WINDOW_BYTES,
      maxConcurrentStreams: 0xffffffff,
      maxFrameSize: 64 * 1024,
      enablePush: false,
    };
    const common = { settings, maxSessionMemory: 4096, streamResetBurst: 100_000, streamResetRate: 10_000 };
    const server =
      this.#options.tls === undefined
        ? http2.createServer(common)
        : http2.createSecureServer({ ...common, ...serverTlsOptions(this.#options.tls), allowHTTP1: false });
    server.on('session', (session) => this.#onSession(session));
    server.on('stream', (stream, headers) => this.#onStream(stream as ServerHttp2Stream, headers));
    server.on('sessionError', (error: Error) => this.#logger.debug('gRPC connection failed', { err: error }));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, ...(host === '' ? {} : { host }) }, () => {
        server.off('error', reject);
        server.on('error', (error: Error) => this.#logger.error('gRPC listener failed', { err: error }));
        resolve();
      });
    });
    const at = server.address() as AddressInfo;
    return { host: at.address, port: at.port };
  }

  /** Takes new certificates for connections to come. */
  setTls(tls: ServerTls): void {
    (this.#server as Http2SecureServer | undefined)?.setSecureContext(serverTlsOptions(tls));
  }

  /** Takes no more calls, lets the open ones end until `signal` fires, then cuts them off. */
  async shutdown(signal: AbortSignal): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    const cut = (): void => {
      for (const session of this.#sessions) session.destroy();
    };
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut, { once: true });
    await closed;
    signal.removeEventListener('abort', cut);
  }

  #onSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.setLocalWindowSize(WINDOW_BYTES);
    const ageMs = this.#options.maxConnectionAgeMs ?? 3_600_000;
    const graceMs = this.#options.maxConnectionAgeGraceMs ?? 120_000;
    let grace: NodeJS.Timeout | undefined;
    const age = setTimeout(
      () => {
        session.close();
        grace = setTimeout(() => session.destroy(), graceMs).unref();
      },
      Math.min(ageMs * (0.9 + Math.random() * 0.2), 0x7fffffff),
    ).unref();
    session.on('error', (error: Error) => this.#logger.debug('gRPC connection failed', { err: error }));
    session.on('close', () => {
      clearTimeout(age);
      clearTimeout(grace);
      this.#sessions.delete(session);
    });
  }

  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    if (headers[':method'] !== 'POST') return refuse(stream, { ':status': 405, allow: 'POST' });
    const contentType = String(headers['content-type'] ?? '');
    if (!/^application\/grpc($|[+;])/.test(contentType)) {
      return refuse(stream, {
        ':status': 415,
        'grpc-status': String(Status.INTERNAL),
        'grpc-message': encodeStatusMessage(`invalid gRPC request content-type "${contentType}"`),
      });
    }
    const path = String(headers[':path'] ?? '');
    const found = this.#find(path);
    const call = new ServerStream(
      stream,
      headers,
      found instanceof RpcError ? undefined : this.#metrics.method(path, found.kind),
    );
    if (found instanceof RpcError) return call.finish(found);
    const encoding = String(headers['grpc-encoding'] ?? 'identity');
    if (encoding !== 'identity' && encoding !== '' && compressionByName(encoding) === undefined) {
      call.trailers['grpc-accept-encoding'] = ACCEPT_ENCODING;
      return call.finish(
        new RpcError(Status.UNIMPLEMENTED, `grpc: Decompressor is not installed for grpc-encoding "${encoding}"`),
      );
    }
    this.#calls.add(call);
    stream.on('close', () => this.#calls.delete(call));
    if (found.kind === 'bidi') this.#serveBidi(stream, call, found);
    else this.#serveOne(stream, call, found);
  }

  #find(path: string): MethodHandler | RpcError {
    const slash = path.lastIndexOf('/');
    if (!path.startsWith('/') || slash < 1)
      return new RpcError(Status.UNIMPLEMENTED, `malformed method name: ${JSON.stringify(path)}`);
    const name = path.slice(1, slash);
    const service = this.#services.get(name);
    if (service === undefined) return new RpcError(Status.UNIMPLEMENTED, `unknown service ${name}`);
    const method = path.slice(slash + 1);
    const handler = Object.hasOwn(service.methods, method) ? service.methods[method] : undefined;
    return handler ?? new RpcError(Status.UNIMPLEMENTED, `unknown method ${method} for service ${name}`);
  }

  #serveOne(stream: ServerHttp2Stream, call: ServerStream, method: Exclude<MethodHandler, { kind: 'bidi' }>): void {
    const reader = new FrameReader(call.requestCompression, this.#options.maxMessageBytes ?? MAX_MESSAGE_BYTES);
    let begun = false;
    stream.on('data', (chunk: Buffer) => {
      if (begun || call.ended) return;
      const blocks: MessageBlock[] = [];
      try {
        if (reader.push(chunk, blocks) === 0) return;
      } catch (error) {
        return call.finish(toRpcError(error));
      }
      begun = true;
      call.received();
      void this.#run(call, async () => {
        const request = blockMessage(blocks[0], 0);
        if (method.kind === 'unary') call.send(await method.handle(request, call));
        else await method.handle(request, call, call);
      });
    });
    stream.on('end', () => {
      if (begun || call.ended) return;
      call.finish(new RpcError(Status.INTERNAL, reader.partial ? 'unexpected EOF' : 'EOF'));
    });
  }

  #serveBidi(stream: ServerHttp2Stream, call: ServerStream, method: Extract<MethodHandler, { kind: 'bidi' }>): void {
    const reader = new FrameReader(call.requestCompression, this.#options.maxMessageBytes ?? MAX_MESSAGE_BYTES);
    const queue = new RequestQueue(stream, reader, () => call.received());
    call.signal.addEventListener('abort', () => queue.fail(call.signal.reason as RpcError), { once: true });
    void this.#run(call, () => method.handle(queue, call, call));
  }

  async #run(call: ServerStream, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      call.finish(undefined);
    } catch (error) {
      const status = toRpcError(error);
      if (status.status === Status.INTERNAL && !call.ended) {
        this.#logger.warn('gRPC call failed', {
          grpc_method: call.path,
          err: error instanceof Error ? error : new Error(String(error)),
        });
      }
      call.finish(status);
    }
  }
}

function refuse(stream: ServerHttp2Stream, headers: Record<string, string | number>): void {
  stream.on('error', () => {});
  stream.respond(headers, { endStream: true });
  stream.end();
  stream.resume();
}
