import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { compareLabels, createMatcher, Labels, labelsToString } from '@tsanos/model';
import { RpcError, Status } from '@tsanos/rpc';
import type { SeriesRequest, SeriesSource } from '@tsanos/series';
import {
  collectSeries,
  fixtureSeries,
  MemorySource,
  seriesBatchOf,
  seriesOf,
  seriesSourceSuite,
  streamOf,
  testContext,
  type SourceFixture,
  type SourceUnderTest,
  type TestSeries,
} from '@tsanos/series/testing';
import { describe, expect, test } from 'vitest';
import { proxyInfo, type ProxyEndpoint } from './proxy-endpoint.ts';
import { ProxySource } from './proxy-source.ts';

function endpoint(source: SeriesSource, change: Partial<ProxyEndpoint> = {}): ProxyEndpoint {
  return {
    address: 'a:1',
    source,
    labelSets: [],
    mint: -(2 ** 63),
    maxt: 2 ** 63,
    supportsSharding: true,
    supportsWithoutReplicaLabels: true,
    ...change,
  };
}

function proxyOf(...endpoints: ProxyEndpoint[]): ProxySource {
  return new ProxySource({ endpoints: () => endpoints });
}

const request: SeriesRequest = {
  mint: 0,
  maxt: 10_000,
  matchers: [createMatcher('=~', '__name__', '.*')],
  maxResolutionMs: 0,
  aggregates: [],
  partialResponse: 'warn',
  skipChunks: false,
  withoutReplicaLabels: [],
  limit: 0,
};
const broken = (error: Error): SeriesSource => ({
  series: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }),
  labelNames: () => Promise.reject(error),
  labelValues: () => Promise.reject(error),
});

/** The fixture's series dealt out to three children, one of which cannot drop replica labels and one not shard. */
function dealt(fixture: SourceFixture, failAfter?: number): SourceUnderTest {
  const parts: TestSeries[][] = [[], [], []];
  fixtureSeries(fixture).forEach((series, i) => parts[i % 3].push(series));
  const sources = parts.map(
    (part, i) =>
      new MemorySource(part, {
        externalLabels: fixture.externalLabels,
        batchSize: 7,
        ...(failAfter === undefined || i !== 1 ? {} : { failAfter }),
      }),
  );
  // The one that does not drop labels is told to drop none.
  const [first, second, third] = sources;
  const keeping: SeriesSource = {
    series: (r, ctx) => first.series({ ...r, withoutReplicaLabels: [] }, ctx),
    labelNames: (r, ctx) => first.labelNames(r, ctx),
    labelValues: (name, r, ctx) => first.labelValues(name, r, ctx),
  };
  const unsharded: SeriesSource = {
    series: (r, ctx) => third.series({ ...r, shard: undefined }, ctx),
    labelNames: (r, ctx) => third.labelNames(r, ctx),
    labelValues: (name, r, ctx) => third.labelValues(name, r, ctx),
  };
  const labelSets = [fixture.externalLabels];
  const source = proxyOf(
    endpoint(keeping, { labelSets, supportsWithoutReplicaLabels: false }),
    endpoint(second, { labelSets, address: 'b:1' }),
    endpoint(unsharded, { labelSets, address: 'c:1', supportsSharding: false }),
  );
  return { source, reads: () => sources.reduce((sum, each) => sum + each.reads, 0) };
}

seriesSourceSuite('proxy over three children', (fixture) => dealt(fixture), {
  makeBroken: (fixture) => dealt(fixture, 1),
  joinsEqual: true,
});
seriesSourceSuite(
  'proxy over a child that says it drops labels and does not',
  (fixture) => {
    const memory = new MemorySource(fixtureSeries(fixture), { externalLabels: fixture.externalLabels });
    const lying: SeriesSource = {
      series: (r, ctx) => memory.series({ ...r, withoutReplicaLabels: [] }, ctx),
      labelNames: (r, ctx) => memory.labelNames(r, ctx),
      labelValues: (name, r, ctx) => memory.labelValues(name, r, ctx),
    };
    return { source: proxyOf(endpoint(lying)), reads: () => memory.reads };
  },
  { joinsEqual: true },
);

describe('proxy', () => {
  const up = (replica: string): MemorySource =>
    new MemorySource(
      [
        seriesOf({ __name__: 'up' }, [
          [1, 1],
          [2, 2],
        ]),
      ],
      { externalLabels: Labels.from({ replica }) },
    );

  test('asks only children whose labels and times fit', async () => {
    const [a, b, c] = [up('a'), up('b'), up('c')];
    const proxy = proxyOf(
      endpoint(a, { labelSets: [Labels.from({ replica: 'a' })] }),
      endpoint(b, { labelSets: [Labels.from({ replica: 'b' })] }),
      endpoint(c, { labelSets: [Labels.from({ replica: 'c' }), Labels.from({ other: 'x' })], maxt: 50 }),
    );
    const texts = async (change: Partial<SeriesRequest>): Promise<string[]> =>
      (await collectSeries(proxy.series({ ...request, ...change }, testContext()))).map((s) =>
        labelsToString(s.labels),
      );
    expect(await texts({})).toEqual([
      '{__name__="up", replica="a"}',
      '{__name__="up", replica="b"}',
      '{__name__="up", replica="c"}',
    ]);
    const reads = [a.reads, b.reads, c.reads];
    expect(await texts({ matchers: [createMatcher('=', 'replica', 'b')] })).toEqual(['{__name__="up", replica="b"}']);
    // A label set without the label does not speak against the child.
    expect([a.reads - reads[0], b.reads - reads[1]]).toEqual([0, 1]);
    await texts({ mint: 51 });
    expect(c.reads - reads[2]).toBe(0);
  });

  test('storeMatch selects by address, never a source of this process', async () => {
    const proxy = proxyOf(
      endpoint(up('a'), { address: 'a:1' }),
      endpoint(up('b'), { address: 'b:1' }),
      endpoint(up('c'), { address: '' }),
    );
    const some = proxy.withStoreMatch([
      [createMatcher('=', '__address__', 'b:1')],
      [createMatcher('=~', '__address__', '.*9')],
    ]);
    expect((await collectSeries(some.series(request, testContext()))).map((s) => s.labels.get('replica'))).toEqual([
      'b',
    ]);
    const all = proxy.withStoreMatch([[createMatcher('=~', '__address__', '.*')]]);
    expect(await collectSeries(all.series(request, testContext()))).toHaveLength(2);
  });

  test('label sets kept by a selector become matchers', async () => {
    const source = new MemorySource(['x', 'y', ''].map((zone) => seriesOf({ __name__: 'up', zone }, [[1, 1]])));
    const ask = async (keptLabelSets: Labels[]): Promise<string[]> =>
      (await collectSeries(proxyOf(endpoint(source, { keptLabelSets })).series(request, testContext()))).map((s) =>
        s.labels.get('zone'),
      );
    expect(await ask([Labels.from({ zone: 'x' })])).toEqual(['x']);
    expect(await ask([Labels.from({ zone: 'y' }), Labels.from({ other: '1' })])).toEqual(['', 'y']);
  });

  test('labels of the proxy answer matchers', async () => {
    const proxy = new ProxySource({
      endpoints: () => [endpoint(up('a'))],
      selectorLabels: Labels.from({ region: 'eu' }),
    });
    const ask = (...matchers: SeriesRequest['matchers']): Promise<TestSeries[]> =>
      collectSeries(proxy.series({ ...request, matchers }, testContext()));
    const name = createMatcher('=', '__name__', 'up');
    expect(await ask(name, createMatcher('=', 'region', 'eu'))).toHaveLength(1);
    expect(await ask(name, createMatcher('=', 'region', 'us'))).toHaveLength(0);
    await expect(ask(createMatcher('=', 'region', 'eu'))).rejects.toMatchObject({
      status: Status.INVALID_ARGUMENT,
      message: 'no matchers specified (excluding selector labels)',
    });
  });

  test('no children', async () => {
    expect(await collectSeries(proxyOf().series(request, testContext()))).toEqual([]);
    await expect(
      collectSeries(proxyOf().series({ ...request, partialResponse: 'abort' }, testContext())),
    ).rejects.toMatchObject({ status: Status.UNKNOWN, message: 'No StoreAPIs available' });
    expect(
      await proxyOf(endpoint(up('a'), { maxt: 1 })).labelNames(
        { ...request, mint: 5, partialResponse: 'abort' },
        testContext(),
      ),
    ).toEqual([]);
  });

  test('failures of children in the words of Thanos', async () => {
    const refused = new RpcError(
      Status.UNAVAILABLE,
      'connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:1: connect: connection refused"',
    );
    const dead = endpoint(broken(refused), { address: '127.0.0.1:1' });
    const failing = endpoint(broken(new RpcError(Status.UNKNOWN, 'query Prometheus')), {
      address: '127.0.0.1:2',
      labelSets: [Labels.from({ replica: 'b' })],
      mint: 5,
      maxt: 9000,
    });
    const ends = 'MinTime: -9223372036854775808 MaxTime: 9223372036854775807';
    const fetch = `fetch series for Store Gateway Addr: 127.0.0.1:1 ${ends}: ${refused.goText}`;
    const receive =
      'receive series from Addr: 127.0.0.1:2 MinTime: 5 MaxTime: 9000: rpc error: code = Unknown desc = query Prometheus';
    const ctx = testContext();
    expect(await collectSeries(proxyOf(dead, failing, endpoint(up('a'))).series(request, ctx))).toHaveLength(1);
    expect(ctx.warnings.sort()).toEqual([fetch, receive]);
    const abort = { ...request, partialResponse: 'abort' as const };
    await expect(collectSeries(proxyOf(dead, endpoint(up('a'))).series(abort, testContext()))).rejects.toMatchObject({
      status: Status.UNAVAILABLE,
      message: fetch,
    });
    await expect(collectSeries(proxyOf(failing, endpoint(up('a'))).series(abort, testContext()))).rejects.toMatchObject(
      { status: Status.ABORTED, message: receive },
    );
    const names = testContext();
    expect(await proxyOf(dead, endpoint(up('a'))).labelNames(request, names)).toEqual(['__name__', 'replica']);
    expect(names.warnings).toEqual([`fetch label names from store Addr: 127.0.0.1:1 ${ends}: ${refused.goText}`]);
    await expect(proxyOf(dead).labelValues('a', abort, testContext())).rejects.toMatchObject({
      status: Status.UNAVAILABLE,
      message: `fetch label values from store Addr: 127.0.0.1:1 ${ends}: ${refused.goText}`,
    });
  });

  test('a child that does not sort within a batch is sorted; one that cannot be mended is, the next time', async () => {
    const child = (...batches: string[][]): SeriesSource => ({
      series: () => streamOf(...batches.map((names) => seriesBatchOf(...names.map((n) => seriesOf({ n }, [[1, 1]]))))),
      labelNames: () => Promise.resolve([]),
      labelValues: () => Promise.resolve([]),
    });
    const ask = async (proxy: ProxySource): Promise<string[]> =>
      (await collectSeries(proxy.series(request, testContext()))).map((s) => s.labels.get('n'));
    expect(await ask(proxyOf(endpoint(child(['3', '1'], ['2'])), endpoint(child(['2', '4']))))).toEqual([
      '1',
      '2',
      '3',
      '4',
    ]);
    const late = proxyOf(endpoint(child(['3'], ['4'], ['1'])));
    await expect(ask(late)).rejects.toMatchObject({ kind: 'retryable', code: 'unsorted-stream' });
    expect(await ask(late)).toEqual(['1', '3', '4']);
    // Noticed before anything has left: asked again within the call.
    const early = proxyOf(endpoint(child(['3'], ['1'])), endpoint(child(['4'])));
    expect(await ask(early)).toEqual(['1', '3', '4']);
  });

  test('limits after the merge', async () => {
    const a = new MemorySource(['1', '2', '3'].map((n) => seriesOf({ n }, [[1, 1]])));
    const b = new MemorySource(['2', '3', '4'].map((n) => seriesOf({ n }, [[5, 1]])));
    const proxy = proxyOf(endpoint(a), endpoint(b));
    expect(
      (await collectSeries(proxy.series({ ...request, limit: 2 }, testContext()))).map((s) => s.labels.get('n')),
    ).toEqual(['1', '2']);
    expect(await proxy.labelValues('n', { ...request, limit: 3 }, testContext())).toEqual(['1', '2', '3']);
    expect(a.open + b.open).toBe(0);
  });

  test('info', () => {
    const children = [
      endpoint(up('a'), { labelSets: [Labels.from({ replica: 'a' })], mint: 5, maxt: 9 }),
      endpoint(up('b'), {
        labelSets: [Labels.from({ replica: 'a' }), Labels.from({ replica: 'b' })],
        mint: 3,
        maxt: 7,
      }),
    ];
    const info = proxyInfo(children, Labels.from({ region: 'eu' }));
    expect(info.labelSets.map(labelsToString)).toEqual(['{region="eu", replica="a"}', '{region="eu", replica="b"}']);
    expect([info.mint, info.maxt]).toEqual([3, 9]);
    expect(proxyInfo([])).toEqual({ labelSets: [], mint: -(2 ** 63), maxt: 2 ** 63, tsdbInfos: [] });
  });
});

interface SetCase {
  case: number;
  series: {
    labels: [string, string][];
    chunks: { mint: number; maxt: number; samples: [number, number][] }[] | null;
  }[];
  stores: {
    externalLabels: Record<string, string>;
    series: { labels: [string, string][] }[];
    supportsWithoutReplicaLabels: boolean;
  }[];
  withoutReplicaLabels: string[] | null;
  warnings: string[] | null;
}

const file = join(
  process.env.TSANOS_SHARED ?? join(import.meta.dirname, '../../../../shared'),
  'golden/thanos/dedup/sets.jsonl.gz',
);
const there = existsSync(file);
if (!there)
  console.warn(
    'SKIPPED: golden data thanos/dedup/sets.jsonl.gz is not there; set TSANOS_SHARED to the folder that holds golden/',
  );

describe.skipIf(!there)('golden sets of a real proxy', () => {
  const cases = there
    ? gunzipSync(readFileSync(file))
        .toString('utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as SetCase)
    : [];

  test('give the same series in the same order', async () => {
    for (const each of cases) {
      // The vector has the chunks in its answer only: a store's series are recognised by their labels there.
      const replicas = each.withoutReplicaLabels ?? [];
      const chunksOf = new Map(each.series.map((series) => [JSON.stringify(series.labels), series.chunks ?? []]));
      const children = each.stores.map((store, i) => {
        const series = store.series.map(({ labels }) => {
          const final = Labels.from([...labels, ...Object.entries(store.externalLabels)]);
          const key = JSON.stringify([...final].filter(([name]) => !replicas.includes(name)));
          expect(chunksOf.has(key), `case ${each.case}: ${key}`).toBe(true);
          return { labels: final, chunks: [] };
        });
        const memory = new MemorySource(series);
        const plain: SeriesSource = {
          series: (r) =>
            streamOf(
              seriesBatchOf(
                ...series
                  .map((s) => ({
                    labels: store.supportsWithoutReplicaLabels
                      ? Labels.from([...s.labels].filter(([name]) => !r.withoutReplicaLabels.includes(name)))
                      : s.labels,
                    chunks: [],
                  }))
                  .sort((x, y) => compareLabels(x.labels, y.labels)),
              ),
            ),
          labelNames: (r, ctx) => memory.labelNames(r, ctx),
          labelValues: (n, r, ctx) => memory.labelValues(n, r, ctx),
        };
        return endpoint(plain, {
          address: `s${i}:1`,
          supportsWithoutReplicaLabels: store.supportsWithoutReplicaLabels,
        });
      });
      const answer = await collectSeries(
        proxyOf(...children).series({ ...request, withoutReplicaLabels: replicas }, testContext()),
      );
      expect(
        answer.map((s) => [...s.labels]),
        `case ${each.case}`,
      ).toEqual(each.series.map((s) => s.labels));
    }
    expect(cases.length).toBeGreaterThan(100);
  });
});
