import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { snappyCompress } from '@tsanos/bytes';
import { compareLabels, compareUtf8, createMatcher, Labels, type Matcher, type MatchType } from '@tsanos/model';
import { decodeReadRequest } from '@tsanos/storeapi';
import { chunkedFrame, sampledResponse, type FakeChunk } from './read-answers.ts';

/** A series of the fake; `chunks` are sent as they are in the streamed form instead of the samples. */
export interface FakeSeries {
  readonly labels: Labels;
  readonly samples: readonly (readonly [t: number, v: number])[];
  readonly chunks?: readonly FakeChunk[];
}

export interface FakeOptions {
  readonly series?: readonly FakeSeries[];
  readonly externalLabels?: Labels;
  /** How remote read answers; `odd` is a content type nobody knows. */
  readonly read?: 'streamed' | 'samples' | 'odd';
  /** '' = no build info, as before 2.14. Before 2.24 label calls ignore `match[]`. */
  readonly version?: string;
  /** Value of `prometheus_tsdb_lowest_timestamp_seconds`. */
  readonly lowestSeconds?: number;
  readonly flags?: Readonly<Record<string, string>>;
  /** The connection breaks after this many series of a streamed answer. */
  readonly breakAfter?: number;
  /** A streamed answer stops after its first series and leaves the connection open. */
  readonly stall?: boolean;
  readonly tls?: ServerOptions;
}

/** What a test changes while the fake runs. */
type Fault = { readonly status: number; readonly body: string };

const ALL = { status: 'success' } as const;

/** A Prometheus in a few lines: the endpoints a sidecar calls, over series in memory, old and new, whole and broken. */
export class FakePrometheus {
  /** Requests as they came: `GET /api/v1/labels`. */
  readonly requests: {
    readonly line: string;
    readonly headers: IncomingMessage['headers'];
    readonly query: URLSearchParams;
  }[] = [];
  /** Answers whose connection the client closed before they ended. */
  aborted = 0;
  /** When set, each request gets this answer. */
  fault: Fault | undefined;
  readonly #options: FakeOptions;
  readonly #server: Server;
  externalLabels: Labels;

  private constructor(options: FakeOptions) {
    this.#options = options;
    this.externalLabels = options.externalLabels ?? Labels.EMPTY;
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      response.on('close', () => {
        if (!response.writableEnded) this.aborted++;
      });
      this.#answer(request, response).catch((error: unknown) => {
        send(response, 400, { status: 'error', errorType: 'bad_data', error: String(error) });
      });
    };
    this.#server = options.tls === undefined ? createServer(handle) : createTlsServer(options.tls, handle);
  }

  static async start(options: FakeOptions = {}, port = 0): Promise<FakePrometheus> {
    const fake = new FakePrometheus(options);
    await new Promise<void>((resolve) => fake.#server.listen(port, '127.0.0.1', resolve));
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const body = await buffer(request);
    this.requests.push({
      line: `${request.method} ${url.pathname}`,
      headers: request.headers,
      query: url.searchParams,
    });
    if (this.fault !== undefined) {
      response.writeHead(this.fault.status).end(this.fault.body);
      return;
    }
    const values = /^\/api\/v1\/label\/(.+)\/values$/.exec(url.pathname);
    if (values !== null) {
      const name = decodeURIComponent(values[1]);
      return send(response, 200, {
        ...ALL,
        data: limited(
          url,
          this.#labels(url, true).flatMap((set) => (set.has(name) ? [set.get(name)] : [])),
        ),
      });
    }
    switch (url.pathname) {
      case '/api/v1/read':
        return this.#read(body, response);
      case '/api/v1/series':
        return send(response, 200, {
          ...ALL,
          data: limitedRows(
            url,
            this.#labels(url, false).map((set) => Object.fromEntries(set)),
          ),
        });
      case '/api/v1/labels':
        return send(response, 200, {
          ...ALL,
          data: limited(
            url,
            this.#labels(url, true).flatMap((set) => [...set].map(([name]) => name)),
          ),
        });
      case '/api/v1/status/buildinfo':
        if (this.#options.version === '') return send(response, 404, 'page not found');
        return send(response, 200, { ...ALL, data: { version: this.#options.version ?? '3.5.0' } });
      case '/api/v1/status/config':
        return send(response, 200, { ...ALL, data: { yaml: configOf(this.externalLabels) } });
      case '/api/v1/status/flags':
        if (this.#options.flags === undefined) return send(response, 404, 'page not found');
        return send(response, 200, { ...ALL, data: this.#options.flags });
      case '/metrics':
        return send(
          response,
          200,
          `prometheus_tsdb_lowest_timestamp_seconds ${this.#options.lowestSeconds ?? -9.223372036854776e15}\n`,
        );
      default:
        return send(response, 404, `${url.pathname} not found`);
    }
  }

  /** Label sets in the range that a selector matches; label calls of an old server look at neither. */
  #labels(url: URL, labelCall: boolean): Labels[] {
    const [major, minor] = (this.#options.version ?? '3.5.0').split('.').map(Number);
    const old = !(major > 2 || (major === 2 && minor >= 24));
    const selectors = labelCall && old ? [] : url.searchParams.getAll('match[]').map(parseSelector);
    const from = Number(url.searchParams.get('start')) * 1000;
    const to = Number(url.searchParams.get('end')) * 1000;
    return this.#select(from, to)
      .map(({ labels }) => labels)
      .filter((set) => selectors.length === 0 || selectors.some((matchers) => matchesAll(matchers, set)));
  }

  #select(from: number, to: number): FakeSeries[] {
    return [...(this.#options.series ?? [])]
      .sort((a, b) => compareLabels(a.labels, b.labels))
      .map((series) => ({ ...series, samples: series.samples.filter(([t]) => t >= from && t <= to) }))
      .filter(
        ({ samples, chunks = [] }) => samples.length > 0 || chunks.some(({ mint, maxt }) => mint <= to && maxt >= from),
      );
  }

  async #read(body: Uint8Array, response: ServerResponse): Promise<void> {
    const { queries } = decodeReadRequest(body);
    const [query] = queries;
    const types = ['=', '!=', '=~', '!~'] as const;
    const matchers = query.matchers.map(({ type, name, value }) => createMatcher(types[type], name, value));
    const found = this.#select(query.start_timestamp_ms, query.end_timestamp_ms)
      .filter(({ labels }) => matchesAll(matchers, labels))
      .map((series) => ({ ...series, labels: Labels.from([...this.externalLabels, ...series.labels]) }));
    const { read = 'streamed', breakAfter = Infinity, stall = false } = this.#options;
    if (read === 'odd') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>A login page</p>');
      return;
    }
    if (read === 'samples') {
      response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' });
      response.end(snappyCompress(sampledResponse(found)));
      return;
    }
    response.writeHead(200, {
      'content-type': 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse',
    });
    for (const [i, series] of found.entries()) {
      if (i >= breakAfter) {
        response.destroy();
        return;
      }
      response.write(chunkedFrame(series));
      if (stall) return;
    }
    response.end();
  }
}

function limited(url: URL, values: readonly string[]): string[] {
  return limitedRows(url, [...new Set(values)].sort(compareUtf8));
}

function limitedRows<T>(url: URL, rows: T[]): T[] {
  const limit = Number(url.searchParams.get('limit') ?? '0');
  return limit > 0 ? rows.slice(0, limit) : rows;
}

function send(response: ServerResponse, status: number, body: object | string): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' })
    .end(text);
}

function configOf(labels: Labels): string {
  const lines = [...labels].map(([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`);
  return `global:\n  scrape_interval: 15s\n${lines.length === 0 ? '' : `  external_labels:\n${lines.join('')}`}`;
}

function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matcher.matches(labels.get(matcher.name)));
}

/** `{a="b",c=~"d"}`, as our own requests write it. */
function parseSelector(text: string): Matcher[] {
  const out: Matcher[] = [];
  let rest = text.slice(1, -1);
  while (rest !== '') {
    const found = /^("(?:[^"\\]|\\.)*"|\w+)(=~|!~|!=|=)("(?:[^"\\]|\\.)*"),?/.exec(rest);
    if (found === null) throw new Error(`parse error in ${text}`);
    const name = found[1].startsWith('"') ? (JSON.parse(found[1]) as string) : found[1];
    out.push(createMatcher(found[2] as MatchType, name, JSON.parse(found[3]) as string));
    rest = rest.slice(found[0].length);
  }
  return out;
}
