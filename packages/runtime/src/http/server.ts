import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TsanosError, newUlid, type Logger } from '@tsanos/bytes';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Registry } from '../metrics/registry.ts';
import { errorEnvelope } from './envelope.ts';
import { negotiateEncoding } from './encoding.ts';
import { HttpMetrics } from './http-metrics.ts';
import { parseListenAddress } from './listen-address.ts';
import { clientCertificateOf, formOf, headersOf } from './request-parts.ts';
import { RouteList } from './route-list.ts';
import { sendReply } from './send.ts';
import type { HttpReply, HttpRequest, HttpRoute } from './types.ts';
import type { WebConfig } from './web-config.ts';

/** Go's limits, and what a query-frontend's idle connections need. */
const MAX_HEADER_BYTES = 1 << 20;
const MAX_PARAM_CHARS = 4096;
const MAX_BODY_BYTES = 10 * (1 << 20);
const KEEP_ALIVE_MS = 120_000;

const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-headers': 'Accept, Accept-Encoding, Authorization, Content-Type, Origin',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Date',
};

export interface HttpServerOptions {
  /** `--http-address`. */
  readonly address: string;
  readonly log: Logger;
  readonly metrics: Registry;
  /** TLS and users from `--http.config`. */
  readonly web?: WebConfig | undefined;
  readonly disableCors?: boolean;
  /** Value of the label `tenant`; given = the request metrics have that label. */
  readonly tenantOf?: (request: HttpRequest) => string;
}

/** The one HTTP listener of a process. Routes are added before `listen`. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #app: FastifyInstance;
  readonly #metrics: HttpMetrics;
  readonly #routes = new RouteList();
  #address: AddressInfo | undefined;
  #tlsTimer: NodeJS.Timeout | undefined;

  private constructor(options: HttpServerOptions, app: FastifyInstance) {
    this.#options = options;
    this.#app = app;
    this.#metrics = new HttpMetrics(options.metrics, options.tenantOf !== undefined);
  }

  static async create(options: HttpServerOptions): Promise<HttpServer> {
    parseListenAddress(options.address, 'http-address');
    const https = await options.web?.tlsOptions();
    // Loaded here, so that workers and `--help` do without it.
    const { fastify } = await import('fastify');
    const shared = {
      routerOptions: { maxParamLength: MAX_PARAM_CHARS, ignoreTrailingSlash: false },
      bodyLimit: MAX_BODY_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      exposeHeadRoutes: true,
      forceCloseConnections: false as const,
      frameworkErrors: frameworkError,
      clientErrorHandler: clientError,
    };
    const app =
      https === undefined
        ? fastify({ ...shared, http: { maxHeaderSize: MAX_HEADER_BYTES } })
        : (fastify({ ...shared, https: { ...https, maxHeaderSize: MAX_HEADER_BYTES } }) as unknown as FastifyInstance);
    const server = new HttpServer(options, app);
    server.#prepare();
    return server;
  }

  /** Port it listens on; 0 before. */
  get port(): number {
    return this.#address?.port ?? 0;
  }

  add(route: HttpRoute): void {
    this.#routes.add(route);
    this.#app.route({
      method: [...route.methods],
      url: route.path,
      handler: (request, reply) => this.#serve(route, request, reply),
    });
  }

  /** Listens; requests are answered from now on. */
  async listen(): Promise<void> {
    const { address, log, web } = this.#options;
    const { host, port } = parseListenAddress(address, 'http-address');
    try {
      await this.#app.listen(host === '' ? { port, host: '::' } : { port, host });
    } catch (error) {
      throw new TsanosError('bad-input', 'http-listen', `cannot listen for HTTP on ${address}`, { address }, error);
    }
    // Fastify types the address by its own server; it is that of a TCP listener.
    this.#address = this.#app.server.address() as AddressInfo;
    log.info('listening for requests and metrics', {
      component: 'http',
      address: `${this.#address.address}:${this.#address.port}`,
      tls: web?.hasTls === true,
    });
    this.#tlsTimer = web?.watchTls(this.#app.server);
  }

  /** Takes no new connections and waits for open requests until `signal` is aborted, then cuts them. */
  async close(signal: AbortSignal): Promise<void> {
    clearInterval(this.#tlsTimer);
    const server: Server = this.#app.server;
    const cut = (): void => server.closeAllConnections();
    if (signal.aborted) cut();
    signal.addEventListener('abort', cut, { once: true });
    server.closeIdleConnections();
    await this.#app.close();
    signal.removeEventListener('abort', cut);
  }

  #prepare(): void {
    const app = this.#app;
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.setErrorHandler((error, request, reply) => this.#failed(error, request, reply));
    app.setNotFoundHandler((request, reply) => this.#notFound(request, reply));
    app.addHook('onRequest', async (request, reply) => {
      const { web } = this.#options;
      if (web === undefined || (await web.allows(request.headers.authorization))) return;
      await reply
        .code(401)
        .headers({ 'www-authenticate': 'Basic', 'content-type': 'application/json' })
        .send(errorEnvelope(401, 'Unauthorized'));
    });
  }

  async #serve(route: HttpRoute, raw: FastifyRequest, reply: FastifyReply): Promise<void> {
    // From here on this server writes to the socket itself.
    reply.hijack();
    const response: ServerResponse = reply.raw;
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished)
        gone.abort(new TsanosError('cancelled', 'client-gone', 'the client closed the connection'));
    });
    const request = requestOf(raw, gone.signal);
    const { tenantOf, disableCors, log } = this.#options;
    const end =
      route.handler === undefined
        ? undefined
        : this.#metrics.begin(route.handler, raw.method, tenantOf?.(request) ?? '');
    let answer: HttpReply;
    try {
      answer = await route.run(request);
    } catch (error) {
      answer = errorReply(error, log, raw);
    }
    if (gone.signal.aborted) {
      end?.(499, request.body.byteLength, 0);
      return;
    }
    if (route.cors === true && disableCors !== true)
      for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    const encoding = route.uncompressed === true ? 'identity' : negotiateEncoding(request.headers['accept-encoding']);
    let sent = 0;
    try {
      sent = await sendReply(response, answer, encoding, raw.method === 'HEAD');
    } catch (error) {
      // The status is out: a broken connection is all that can tell the client.
      if (!gone.signal.aborted)
        log.warn('an answer broke off', { path: request.path, err: error instanceof Error ? error : undefined });
      response.destroy();
    }
    end?.(answer.status, Number(request.headers['content-length'] ?? 0), sent);
  }

  #failed(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const status = statusOf(error);
    if (status >= 500)
      this.#options.log.error('request failed', { path: request.url, err: error instanceof Error ? error : undefined });
    const message = error instanceof Error ? error.message : String(error);
    void reply.code(status).header('content-type', 'application/json').send(errorEnvelope(status, message));
  }

  #notFound(request: FastifyRequest, reply: FastifyReply): void {
    const path = request.url.split('?', 1)[0];
    const methods = this.#routes.methodsOf(path);
    if (request.method === 'OPTIONS' && this.#options.disableCors !== true) {
      void reply.code(204).headers(CORS).send();
      return;
    }
    const status = methods.length > 0 ? 405 : 404;
    if (status === 405) void reply.header('allow', methods.join(', '));
    const message =
      status === 405
        ? `method ${request.method} is not allowed for ${path}: use ${methods.join(' or ')}`
        : `there is nothing at ${path}`;
    void reply.code(status).header('content-type', 'application/json').send(errorEnvelope(status, message));
  }
}

function requestOf(raw: FastifyRequest, signal: AbortSignal): HttpRequest {
  const headers = headersOf(raw.raw);
  const body = raw.body instanceof Uint8Array ? raw.body : new Uint8Array(0);
  const question = raw.url.indexOf('?');
  const form = formOf(headers['content-type'], body, question < 0 ? '' : raw.url.slice(question + 1));
  return {
    method: raw.method,
    path: question < 0 ? raw.url : raw.url.slice(0, question),
    // Fastify decodes path parameters; all are strings.
    params: raw.params as Readonly<Record<string, string>>,
    form,
    headers,
    body,
    remoteAddress: raw.ip,
    requestId: headers['x-request-id'] ?? newUlid(),
    signal,
    clientCertificate: clientCertificateOf(raw.raw),
  };
}

function errorReply(error: unknown, log: Logger, raw: FastifyRequest): HttpReply {
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (status === 500)
    log.error('request failed', { path: raw.url.split('?', 1)[0], err: error instanceof Error ? error : undefined });
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: errorEnvelope(status, message),
  };
}

function statusOf(error: unknown): number {
  if (error instanceof TsanosError) {
    const byKind = {
      'bad-input': 400,
      'not-found': 404,
      limit: 422,
      retryable: 503,
      unsupported: 501,
      cancelled: 503,
      timeout: 503,
    } as const;
    return byKind[error.kind as keyof typeof byKind] ?? 500;
  }
  const code: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof code === 'number' && code >= 400 ? code : 500;
}

/** Errors before routing: bad URLs and too long parameters. */
function frameworkError(
  error: Error & { code?: string; statusCode?: number },
  _request: unknown,
  reply: FastifyReply,
): void {
  const status = error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? 414 : (error.statusCode ?? 400);
  void reply.code(status).header('content-type', 'application/json').send(errorEnvelope(status, error.message));
}

/** What is not HTTP, or has too long a head, gets an answer before the connection is closed. */
function clientError(error: Error & { code?: string }, socket: IncomingMessage['socket']): void {
  if (socket.destroyed || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const reason = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }[status];
  const body = errorEnvelope(
    status,
    status === 431
      ? `the request's header is larger than ${MAX_HEADER_BYTES} bytes`
      : `malformed request: ${error.message}`,
  );
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
