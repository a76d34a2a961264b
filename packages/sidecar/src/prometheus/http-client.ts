import { readFile } from 'node:fs/promises';
import { TsanosError } from '@tsanos/bytes';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { HttpClientConfig } from './http-client-config.ts';

/** A request to Prometheus. */
export interface PrometheusRequest {
  readonly method: 'GET' | 'POST';
  /** Appended to the path of the base URL: `/api/v1/labels`. */
  readonly path: string;
  /** Repeated names are repeated parameters. */
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal | undefined;
}

export interface PrometheusResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Bytes as they come. Must be read to the end or destroyed. */
  readonly body: Dispatcher.ResponseData['body'];
}

/**
 * HTTP to one Prometheus: base URL with a path of its own, basic auth, bearer tokens (files are read at each request, so
 * rotation works), TLS, proxy. Every failure to get an answer is a TsanosError of kind retryable that names the URL.
 */
export class PrometheusHttp {
  readonly #base: URL;
  readonly #config: HttpClientConfig;
  readonly #userAgent: string;
  #dispatcher: Promise<Dispatcher> | undefined;

  constructor(baseUrl: string, config: HttpClientConfig, userAgent: string) {
    this.#base = new URL(baseUrl);
    this.#config = config;
    this.#userAgent = userAgent;
  }

  /** Without credentials, for logs. */
  get url(): string {
    const url = new URL(this.#base);
    url.username = '';
    url.password = '';
    return url.toString();
  }

  async request(request: PrometheusRequest): Promise<PrometheusResponse> {
    const url = this.#urlOf(request);
    const dispatcher = await (this.#dispatcher ??= this.#connect());
    try {
      const response = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers: { 'user-agent': this.#userAgent, ...(await this.#credentials()), ...request.headers },
        body: request.body ?? null,
        signal: request.signal ?? null,
      });
      // Whoever reads the body gets its error; a body that nobody reads any more must not end the process with one.
      response.body.on('error', () => undefined);
      return { status: response.statusCode, headers: response.headers, body: response.body };
    } catch (error) {
      if (request.signal?.aborted === true) throw request.signal.reason;
      throw new TsanosError(
        'retryable',
        'prometheus-unreachable',
        `${request.method} ${url.origin}${url.pathname}: ${error instanceof Error ? error.message : String(error)}`,
        { url: url.origin },
        error,
      );
    }
  }

  async close(): Promise<void> {
    if (this.#dispatcher !== undefined) await (await this.#dispatcher).close();
  }

  #urlOf(request: PrometheusRequest): URL {
    const url = new URL(this.#base);
    url.pathname = url.pathname.replace(/\/+$/, '') + request.path;
    url.username = '';
    url.password = '';
    for (const [name, value] of request.query ?? []) url.searchParams.append(name, value);
    return url;
  }

  async #credentials(): Promise<Record<string, string>> {
    const { basic_auth: basic, bearer_token: token, bearer_token_file: tokenFile } = this.#config;
    if (basic !== undefined) {
      const password =
        basic.password_file === '' ? basic.password : (await readFile(basic.password_file, 'utf8')).trim();
      return { authorization: basicAuth(basic.username, password) };
    }
    if (tokenFile !== '') return { authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` };
    if (token !== '') return { authorization: `Bearer ${token}` };
    if (this.#base.username !== '') {
      return {
        authorization: basicAuth(decodeURIComponent(this.#base.username), decodeURIComponent(this.#base.password)),
      };
    }
    return {};
  }

  async #connect(): Promise<Dispatcher> {
    const { tls_config: tls, transport_config: transport, proxy_url: proxy } = this.#config;
    const connect = {
      timeout: (transport?.dialer_timeout ?? 5e9) / 1e6,
      ...(tls === undefined
        ? {}
        : {
            rejectUnauthorized: !tls.insecure_skip_verify,
            ...(tls.server_name === '' ? {} : { servername: tls.server_name }),
            ...(tls.ca_file === '' ? {} : { ca: await readFile(tls.ca_file) }),
            ...(tls.cert_file === '' ? {} : { cert: await readFile(tls.cert_file) }),
            ...(tls.key_file === '' ? {} : { key: await readFile(tls.key_file) }),
          }),
    };
    const options: Agent.Options = {
      connect,
      keepAliveTimeout: (transport?.idle_conn_timeout ?? 90e9) / 1e6,
      headersTimeout: (transport?.response_header_timeout ?? 0) / 1e6,
      bodyTimeout: 0,
      ...(transport !== undefined && transport.max_conns_per_host > 0
        ? { connections: transport.max_conns_per_host }
        : {}),
    };
    return proxy === '' ? new Agent(options) : new ProxyAgent({ ...options, uri: proxy, requestTls: connect });
  }
}

function basicAuth(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
