import { createMatcher, Labels, labelsToString } from '@tsanos/model';
import { Status, toRpcError } from '@tsanos/rpc';
import type { SeriesRequest } from '@tsanos/series';
import { collectSeries, seriesSourceSuite, testContext, type SourceFixture } from '@tsanos/series/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_HTTP_CLIENT_CONFIG } from './prometheus/http-client-config.ts';
import { PrometheusHttp } from './prometheus/http-client.ts';
import { PrometheusSource, type PrometheusState } from './prometheus-source.ts';
import { FakePrometheus, type FakeOptions } from './testing/index.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function over(
  options: FakeOptions,
  state: Partial<PrometheusState> = {},
): Promise<{ fake: FakePrometheus; source: PrometheusSource; reads: () => number; close: () => Promise<void> }> {
  const fake = await FakePrometheus.start(options);
  const http = new PrometheusHttp(fake.url, DEFAULT_HTTP_CLIENT_CONFIG, 'test');
  const externalLabels = options.externalLabels ?? Labels.from({ cluster: 'eu' });
  const source = new PrometheusSource(http, () => ({
    externalLabels,
    mint: -(2 ** 53),
    labelMatchers: true,
    ...state,
  }));
  const close = async (): Promise<void> => {
    await fake.close();
    await http.close();
  };
  open.push({ close: () => fake.close().catch(() => undefined) });
  return { fake, source, reads: () => fake.requests.length, close };
}

for (const read of ['streamed', 'samples'] as const) {
  for (const version of ['3.5.0', '2.20.0']) {
    seriesSourceSuite(
      `Prometheus ${version}, ${read}`,
      (fixture: SourceFixture) => over({ ...fixture, read, version }, { labelMatchers: version === '3.5.0' }),
      {
        externalOnly: 'error',
        strict: true,
        ...(read === 'samples'
          ? {}
          : { makeBroken: (fixture: SourceFixture) => over({ ...fixture, read, version, breakAfter: 5 }) }),
      },
    );
  }
}

const series = [{ labels: Labels.from({ __name__: 'up' }), samples: [[1000, 1] as const, [2000, 2] as const] }];

function request(change: Partial<SeriesRequest> = {}): SeriesRequest {
  return {
    mint: 0,
    maxt: 10_000,
    matchers: [createMatcher('=', '__name__', 'up')],
    maxResolutionMs: 0,
    aggregates: [],
    partialResponse: 'warn',
    skipChunks: false,
    withoutReplicaLabels: [],
    limit: 0,
    ...change,
  };
}

const labels = {
  mint: 0,
  maxt: 10_000,
  matchers: [],
  partialResponse: 'warn',
  withoutReplicaLabels: [],
  limit: 0,
} as const;

async function statusOf(run: Promise<unknown>): Promise<{ status: number; message: string }> {
  const error = await run.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeDefined();
  const { status, message } = toRpcError(error);
  return { status, message };
}

describe('answers that are none', () => {
  test.each([
    [400, Status.INVALID_ARGUMENT],
    [404, Status.NOT_FOUND],
    [422, Status.INTERNAL],
    [500, Status.INTERNAL],
    [502, Status.INTERNAL],
    [503, Status.UNAVAILABLE],
  ])('HTTP %d is gRPC %d', async (status, wanted) => {
    const { fake, source } = await over({ series });
    fake.fault = { status, body: 'what went wrong' };
    for (const run of [
      collectSeries(source.series(request(), testContext())),
      collectSeries(source.series(request({ skipChunks: true }), testContext())),
      source.labelNames(labels, testContext()),
      source.labelValues('job', labels, testContext()),
    ]) {
      expect(await statusOf(run)).toEqual({
        status: wanted,
        message: expect.stringContaining(`expected 2xx response, got ${status}. Body: what went wrong`) as string,
      });
    }
  });

  test('a Prometheus that is gone is Unknown for series and Internal for labels', async () => {
    const { fake, source } = await over({ series });
    await fake.close();
    expect((await statusOf(collectSeries(source.series(request(), testContext())))).status).toBe(Status.UNKNOWN);
    expect((await statusOf(source.labelNames(labels, testContext()))).status).toBe(Status.INTERNAL);
    expect((await statusOf(source.labelValues('job', labels, testContext()))).message).toContain('ECONNREFUSED');
  });

  test('another content type is named', async () => {
    const { source } = await over({ series, read: 'odd' });
    await expect(collectSeries(source.series(request(), testContext()))).rejects.toThrow(
      'not supported remote read content type: text/html',
    );
  });

  test('JSON that is none and a success that is none are errors', async () => {
    const { fake, source } = await over({ series });
    fake.fault = { status: 200, body: '<html>' };
    await expect(source.labelNames(labels, testContext())).rejects.toThrow('the answer is not JSON: <html>');
    fake.fault = { status: 200, body: '{"status":"error","error":"no luck"}' };
    await expect(source.labelNames(labels, testContext())).rejects.toThrow('/api/v1/labels: no luck');
  });
});

describe('what is asked of Prometheus', () => {
  test('times begin with the own oldest time, and what lies before is not asked', async () => {
    const { fake, source } = await over({ series }, { mint: 1500 });
    const [found] = await collectSeries(source.series(request({ skipChunks: true }), testContext()));
    expect(labelsToString(found.labels)).toBe('{__name__="up", cluster="eu"}');
    expect(fake.requests[0].query.get('start')).toBe('1.5');
    fake.requests.length = 0;
    expect(await collectSeries(source.series(request({ maxt: 1400 }), testContext()))).toEqual([]);
    expect(fake.requests).toEqual([]);
  });

  test('the whole of int64 is a date Prometheus takes', async () => {
    const { fake, source } = await over({ series });
    const all = { mint: -(2 ** 63), maxt: 2 ** 63 };
    expect(await collectSeries(source.series(request({ ...all, skipChunks: true }), testContext()))).toHaveLength(1);
    expect(fake.requests[0].query.get('end')).toBe('9223309901257');
    expect(await collectSeries(source.series(request(all), testContext()))).toHaveLength(1);
  });

  test('label calls of a server before 2.24 with matchers go over its series', async () => {
    const { fake, source } = await over({ series, version: '2.20.0' }, { labelMatchers: false });
    const asked = { ...labels, matchers: [createMatcher('=', '__name__', 'up')] };
    expect(await source.labelNames(asked, testContext())).toEqual(['__name__', 'cluster']);
    expect(await source.labelValues('__name__', asked, testContext())).toEqual(['up']);
    expect(await source.labelNames(labels, testContext())).toEqual(['__name__', 'cluster']);
    expect(fake.requests.map(({ line }) => line)).toEqual([
      'GET /api/v1/series',
      'GET /api/v1/series',
      'GET /api/v1/labels',
    ]);
  });

  test('names beyond the old set are escaped in the path', async () => {
    const odd = [{ labels: Labels.from({ __name__: 'up', 'http.status': '200' }), samples: [[1000, 1] as const] }];
    const { fake, source } = await over({ series: odd });
    await source.labelValues('http.status_ü', labels, testContext());
    expect(fake.requests[0].line).toBe('GET /api/v1/label/U__http_2e_status___fc_/values');
  });

  test('external labels replace those of the series, as they are now', async () => {
    const own = [{ labels: Labels.from({ __name__: 'up', cluster: 'series' }), samples: [[1000, 1] as const] }];
    const state = { externalLabels: Labels.from({ cluster: 'eu' }) };
    const fake = await FakePrometheus.start({ series: own });
    open.push(fake);
    const http = new PrometheusHttp(fake.url, DEFAULT_HTTP_CLIENT_CONFIG, 'test');
    const source = new PrometheusSource(http, () => ({ ...state, mint: 0, labelMatchers: true }));
    const cluster = async (): Promise<string> =>
      (await collectSeries(source.series(request(), testContext())))[0].labels.get('cluster');
    expect(await cluster()).toBe('eu');
    state.externalLabels = Labels.from({ cluster: 'us' });
    expect(await cluster()).toBe('us');
  });
});

describe('chunks', () => {
  test('of any encoding and size pass as they are', async () => {
    const big = new Uint8Array(3_000_000).map((_, i) => i * 7);
    const chunks = [
      { mint: 0, maxt: 10, type: 2, data: big },
      { mint: 11, maxt: 20, type: 3, data: big.subarray(0, 700_000) },
      { mint: 21, maxt: 30, type: 77, data: new Uint8Array([1, 2, 3]) },
    ];
    const { source } = await over({ series: [{ labels: Labels.from({ __name__: 'up' }), samples: [], chunks }] });
    const [found] = await collectSeries(source.series(request(), testContext()));
    expect(found.chunks.map(({ mint, maxt, encoding }) => [mint, maxt, encoding])).toEqual([
      [0, 10, 2],
      [11, 20, 3],
      [21, 30, 77],
    ]);
    found.chunks.forEach((chunk, i) => expect(Buffer.compare(chunk.bytes, chunks[i].data)).toBe(0));
  });

  test('a cancelled call closes its HTTP request, while it waits', async () => {
    const { fake, source } = await over({ series, stall: true });
    const ctx = testContext();
    const run = collectSeries(source.series(request(), ctx));
    await expect.poll(() => fake.requests.length).toBe(1);
    const before = performance.now();
    ctx.cancelNow();
    await expect(run).rejects.toThrow(/cancel/);
    await expect.poll(() => fake.aborted, { interval: 5 }).toBe(1);
    expect(performance.now() - before).toBeLessThan(500);
    expect(ctx.bytesHeld).toBe(0);
  });
});
