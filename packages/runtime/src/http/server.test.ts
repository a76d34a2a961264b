import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { silentLogger, TsanosError } from '@tsanos/bytes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderMetrics } from '../metrics/exposition.ts';
import { Registry } from '../metrics/registry.ts';
import { operationRoutes } from './operations.ts';
import { Prober } from './prober.ts';
import { HttpServer } from './server.ts';
import { jsonReply, textReply, type HttpRequest } from './types.ts';

const metrics = new Registry();
const prober = new Prober('query', metrics);
let server: HttpServer;
let base: string;
let aborted = 0;
let produced = 0;

beforeAll(async () => {
  server = await HttpServer.create({
    address: '127.0.0.1:0',
    log: silentLogger,
    metrics,
    tenantOf: (request) => request.headers['thanos-tenant'] ?? 'default-tenant',
  });
  for (const route of operationRoutes(metrics, prober)) server.add(route);
  server.add({
    methods: ['GET', 'POST'],
    path: '/api/v1/echo',
    handler: 'echo',
    cors: true,
    run: (request) =>
      jsonReply(200, {
        a: request.form.getAll('a'),
        id: request.requestId,
        big: 'x'.repeat(Number(request.form.get('size') ?? 0)),
      }),
  });
  server.add({
    methods: ['GET'],
    path: '/api/v1/label/:name/values',
    handler: 'values',
    run: (request) => textReply(200, request.params['name']),
  });
  server.add({
    methods: ['GET'],
    path: '/fail',
    run: (request) => {
      if (request.form.get('kind') === 'limit') throw new TsanosError('limit', 'too-much', 'too much of it');
      throw new Error('a bug');
    },
  });
  server.add({
    methods: ['GET'],
    path: '/wait',
    handler: 'wait',
    run: async (request: HttpRequest) => {
      await new Promise<void>((resolve) => request.signal.addEventListener('abort', () => resolve(), { once: true }));
      aborted++;
      return textReply(200, 'late');
    },
  });
  server.add({ methods: ['GET'], path: '/slow', run: () => ({ status: 200, body: parts(2000) }) });
  server.add({ methods: ['GET'], path: '/parts', run: () => ({ status: 200, body: parts(3) }) });
  server.add({
    methods: ['GET'],
    path: '/arrays',
    run: () => ({ status: 200, body: [Buffer.from('one '), Buffer.from('two')] }),
  });
  await server.listen();
  base = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server.close(AbortSignal.timeout(1000)));

async function* parts(count: number): AsyncIterable<Uint8Array> {
  for (let i = 0; i < count; i++) {
    produced++;
    yield Buffer.alloc(64 * 1024, 65 + i);
  }
}

describe('HTTP server', () => {
  test('health, readiness with its reason, and their gauges', async () => {
    expect((await fetch(`${base}/-/healthy`)).status).toBe(503);
    prober.setHealthy(true);
    expect(await (await fetch(`${base}/-/healthy`)).text()).toBe('OK');
    prober.watch(() => 'the bucket cannot be read');
    const notReady = await fetch(`${base}/-/ready`);
    expect([notReady.status, await notReady.text()]).toEqual([503, 'NOT OK\nthe bucket cannot be read\n']);
    prober.watch(() => undefined);
    expect((await fetch(`${base}/-/ready`)).status).toBe(200);
    const text = await (await fetch(`${base}/metrics`)).text();
    expect(text).toContain('thanos_status{check="ready",component="query"} 1\n');
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).toContain('tsanos_event_loop_lag_seconds{quantile="0.99"}');
    expect(text).not.toContain('# EOF');
    const open = await fetch(`${base}/metrics`, {
      headers: { accept: 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3' },
    });
    expect(open.headers.get('content-type')).toContain('application/openmetrics-text');
    expect(await open.text()).toMatch(/# EOF\n$/);
  });

  test('forms: body before URL, unknown parameters allowed', async () => {
    const answer = await fetch(`${base}/api/v1/echo?a=url&zzz=1`, {
      method: 'POST',
      body: new URLSearchParams({ a: 'body' }),
    });
    expect(await answer.json()).toMatchObject({ a: ['body', 'url'] });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const own = await fetch(`${base}/api/v1/echo`, { headers: { 'x-request-id': 'mine' } });
    expect(await own.json()).toMatchObject({ id: 'mine' });
  });

  test('OPTIONS is 204 with CORS headers', async () => {
    const answer = await fetch(`${base}/api/v1/echo`, { method: 'OPTIONS' });
    expect([answer.status, answer.headers.get('access-control-allow-methods')]).toEqual([204, 'GET, POST, OPTIONS']);
  });

  test('every error comes in the envelope', async () => {
    const cases: [string, RequestInit, number, string][] = [
      ['/nothing', {}, 404, 'not_found'],
      ['/api/v1/echo', { method: 'DELETE' }, 405, 'bad_data'],
      ['/fail', {}, 500, 'internal'],
      ['/fail?kind=limit', {}, 422, 'execution'],
      ['/api/v1/echo', { method: 'POST', body: new Uint8Array(11 * (1 << 20)) }, 413, 'bad_data'],
      [`/api/v1/label/${'x'.repeat(5000)}/values`, {}, 414, 'bad_data'],
      ['/api/v1/label/%E0%A4%A/values', {}, 400, 'bad_data'],
      ['/debug/pprof/heap', {}, 501, 'not_implemented'],
    ];
    for (const [path, init, status, errorType] of cases) {
      const answer = await fetch(base + path, init);
      expect([path.slice(0, 40), answer.status, await answer.json()]).toEqual([
        path.slice(0, 40),
        status,
        { status: 'error', errorType, error: expect.any(String) },
      ]);
    }
  });

  test("a header of Go's size passes, a larger one is 431 in the envelope; nonsense is 400", async () => {
    const query = `a=${'q'.repeat(900_000)}`;
    const status = await new Promise<number>((resolve, reject) => {
      httpRequest(`${base}/api/v1/echo?${query}`, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    expect(await raw(`GET /?${'q'.repeat(1_200_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 .*"errorType":"bad_data"/s,
    );
    expect(await raw('not http\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"status":"error"/s);
  });

  test('gzip and zstd where the client takes them', async () => {
    for (const [encoding, decode] of [
      ['gzip', gunzipSync],
      ['zstd', zstdDecompressSync],
    ] as const) {
      const { headers, body } = await get('/api/v1/echo?size=5000', { 'accept-encoding': encoding });
      expect(headers['content-encoding']).toBe(encoding);
      expect(body.length).toBeLessThan(500);
      expect(JSON.parse(decode(body).toString()).big).toHaveLength(5000);
      const streamed = await get('/parts', { 'accept-encoding': encoding });
      expect(decode(streamed.body).length).toBe(3 * 64 * 1024);
    }
    const plain = await get('/api/v1/echo?size=5000', {});
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect((await get('/arrays', {})).body.toString()).toBe('one two');
  });

  test('a client that goes away aborts its request', async () => {
    const leave = new AbortController();
    const waiting = fetch(`${base}/wait`, { signal: leave.signal });
    await sleep(50);
    leave.abort();
    await expect(waiting).rejects.toThrow();
    await expect.poll(() => aborted).toBe(1);
  });

  test('a client that does not read stops the producer', async () => {
    produced = 0;
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
    await sleep(200);
    const early = produced;
    await sleep(100);
    expect(produced).toBe(early);
    expect(produced).toBeLessThan(500);
    socket.destroy();
  });

  test('request metrics have the names and labels of Thanos', async () => {
    await (await fetch(`${base}/api/v1/label/job/values`, { headers: { 'THANOS-TENANT': 'team-a' } })).text();
    const text = renderMetrics(metrics.families(), [], 'text');
    expect(text).toContain('http_requests_total{code="200",handler="values",method="get",tenant="team-a"} 1\n');
    expect(text).toContain(
      'http_request_duration_seconds_bucket{code="200",handler="values",method="get",tenant="team-a",le="720"} 1\n',
    );
    expect(text).toContain(
      'http_response_size_bytes_bucket{code="200",handler="values",method="get",tenant="team-a",le="32768"} 1\n',
    );
    expect(text).toContain('http_inflight_requests{handler="values",method="GET",tenant="team-a"} 0\n');
  });
});

function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (part) => (out += part.toString()));
    socket.on('close', () => resolve(out));
    socket.on('error', (error) => (out === '' ? reject(error) : resolve(out)));
  });
}

function get(
  path: string,
  headers: Record<string, string>,
): Promise<{ headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    httpRequest(base + path, { headers }, (response) => {
      const all: Buffer[] = [];
      response.on('data', (part: Buffer) => all.push(part));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(all) }));
    })
      .on('error', reject)
      .end();
  });
}
