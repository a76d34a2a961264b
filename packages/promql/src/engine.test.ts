import { Labels, decodeLabels, labelsToString } from '@tsanos/model';
import {
  SeriesBatchBuilder,
  ShardFilter,
  type CallContext,
  type SeriesBatch,
  type SeriesRequest,
} from '@tsanos/series';
import { describe, expect, test } from 'vitest';
import { Engine, queryErrorType, type EngineFeatures } from './engine.ts';
import type { QueryResult } from './execution/result.ts';
import { ALL_FEATURES } from './parser/features.ts';
import { MemoryStorage } from './promqltest/memory-storage.ts';
import type { Queryable } from './queryable.ts';

const STEP = 60_000;

interface TestContext extends CallContext {
  cancelNow(reason: Error): void;
}

function context(): TestContext {
  const { signal } = new AbortController();
  let reason: Error | undefined;
  return {
    cancel: {
      signal,
      get cancelled() {
        return reason !== undefined;
      },
      throwIfCancelled() {
        if (reason !== undefined) throw reason;
      },
    },
    budget: { takeBytes: () => {}, giveBytes: () => {} },
    tenant: 'default-tenant',
    warn: () => {},
    cancelNow: (error) => {
      reason = error;
    },
  };
}

/** `series` counters over `minutes` minutes, a sample a minute; counter `i` grows by `i + 1` a minute. */
function storage(series: number, minutes: number, name = 'requests_total'): MemoryStorage {
  const store = new MemoryStorage();
  for (let i = 0; i < series; i++) {
    const labels = Labels.from({ __name__: name, instance: `i${i}`, job: `j${i % 3}` });
    for (let k = 0; k <= minutes; k++) store.append(labels, k * STEP, k * (i + 1));
  }
  return store;
}

function texts({ value }: QueryResult): string[] {
  if (value.type === 'vector') return value.elements.map((e) => `${labelsToString(decodeLabels(e.labels))} ${e.value}`);
  if (value.type === 'matrix') {
    return value.series.map(
      (s) =>
        `${labelsToString(decodeLabels(s.labels))} ${[...s.values].map((v, i) => (s.present[i] === 0 ? '_' : v)).join(' ')}`,
    );
  }
  return [String(value.value)];
}

async function instant(
  queryable: Queryable,
  query: string,
  timeMs: number,
  features: Partial<EngineFeatures> = {},
): Promise<string[]> {
  return texts(await new Engine({ features }).instant({ queryable, query, timeMs }, context()));
}

describe('answers', () => {
  const store = storage(4, 60);

  test.each([
    ['1 + 2 * 3 ^ 2', ['19']],
    ['"text"', ['text']],
    ['sum(requests_total)', ['{} 100']],
    ['sum by (job) (requests_total)', ['{job="j0"} 50', '{job="j1"} 20', '{job="j2"} 30']],
    ['max without (instance, job) (rate(requests_total[5m])) * 60', ['{} 4']],
    ['topk(1, requests_total)', ['{__name__="requests_total", instance="i3", job="j0"} 40']],
    ['requests_total{instance="i0"} / on (job) requests_total{instance="i3"}', ['{job="j0"} 0.25']],
    ['sum_over_time(requests_total{instance="i0"}[3m])', ['{instance="i0", job="j0"} 27']],
    ['max_over_time(sum(requests_total)[5m:1m])', ['{} 100']],
    ['absent(missing{a="b"})', ['{a="b"} 1']],
    ['requests_total{instance="i1"} @ 60', ['{__name__="requests_total", instance="i1", job="j1"} 2']],
    ['requests_total{instance="i1"} offset 5m > bool 9', ['{instance="i1", job="j1"} 1']],
    ['count_values("v", requests_total > 15)', ['{v="20"} 1', '{v="30"} 1', '{v="40"} 1']],
  ])('%s', async (query, want) => {
    expect(await instant(store, query, 10 * STEP)).toEqual(want);
  });

  test('a range query yields a matrix in label order, gaps included', async () => {
    const result = await new Engine().range(
      { queryable: store, query: 'requests_total{job="j0"} > 5', startMs: 4 * STEP, endMs: 7 * STEP, stepMs: STEP },
      context(),
    );
    expect(texts(result)).toEqual([
      '{__name__="requests_total", instance="i0", job="j0"} _ _ 6 7',
      '{__name__="requests_total", instance="i3", job="j0"} 16 20 24 28',
    ]);
  });

  test('names are kept apart until they go, at once or at the end', async () => {
    const two = storage(1, 20);
    two.append(Labels.from({ __name__: 'other', instance: 'i0', job: 'j0' }), 10 * STEP, 7);
    const query = 'abs({__name__=~"requests_total|other"})';
    await expect(instant(two, query, 10 * STEP)).rejects.toThrow(
      'vector cannot contain metrics with the same labelset',
    );
    const sum = `sum(${query})`;
    await expect(instant(two, sum, 10 * STEP)).rejects.toThrow('vector cannot contain metrics with the same labelset');
    expect(await instant(two, sum, 10 * STEP, { delayedNameRemoval: true })).toEqual(['{} 17']);
  });
});

describe('errors and limits', () => {
  test('errors have the type that the API shows', async () => {
    const type = async (query: string, range = false): Promise<string> => {
      const engine = new Engine();
      const queryable = storage(2, 10);
      const run = range
        ? engine.range({ queryable, query, startMs: 0, endMs: STEP, stepMs: STEP }, context())
        : engine.instant({ queryable, query, timeMs: 5 * STEP }, context());
      return run.then(
        () => 'none',
        (error: unknown) => queryErrorType(error),
      );
    };
    expect(await type('sum(')).toBe('bad_data');
    expect(await type('requests_total[5m]', true)).toBe('bad_data');
    expect(await type('topk(NaN, requests_total)')).toBe('execution');
    expect(await type('requests_total + on () requests_total')).toBe('execution');
    expect(await type('requests_total')).toBe('none');
  });

  test('too many samples', async () => {
    const engine = new Engine({ maxSamples: 100 });
    const request = { queryable: storage(50, 60), query: 'requests_total', startMs: 0, endMs: 10 * STEP, stepMs: STEP };
    await expect(engine.range(request, context())).rejects.toThrow(
      'query processing would load too many samples into memory in query execution',
    );
    // What is folded at once is not held.
    expect(texts(await engine.range({ ...request, query: 'count(requests_total)' }, context()))).toHaveLength(1);
  });

  test('a query that takes too long', async () => {
    const engine = new Engine({ timeoutMs: 1 });
    const query = 'count(quantile_over_time(0.5, requests_total[1h]))';
    const request = { queryable: storage(300, 600), query, startMs: 0, endMs: 600 * STEP, stepMs: STEP };
    await expect(engine.range(request, context())).rejects.toThrow('query timed out in expression evaluation');
  });

  test('a cancelled query stops soon, others run meanwhile', async () => {
    const ctx = context();
    const query = 'count(stddev_over_time(requests_total[5h]))';
    const running = new Engine().range(
      { queryable: storage(400, 600), query, startMs: 0, endMs: 600 * STEP, stepMs: STEP },
      ctx,
    );
    const started = performance.now();
    setTimeout(() => ctx.cancelNow(new Error('gone')), 20);
    await expect(running).rejects.toThrow('gone');
    expect(performance.now() - started).toBeLessThan(500);
  });

  // A worker sees a cancellation in shared memory, also while it works on one long series.
  test.each(['stddev_over_time', 'deriv', 'mad_over_time'])(
    '%s of long windows stops within 50 ms',
    { retry: 2 },
    async (name) => {
      const store = storage(1, 10_000);
      const cancelAt = performance.now() + 30;
      let seen = 0;
      const base = context();
      const ctx: CallContext = {
        ...base,
        cancel: {
          ...base.cancel,
          throwIfCancelled() {
            const now = performance.now();
            if (now > cancelAt) throw new Error('gone');
            seen = now;
          },
        },
      };
      const request = {
        queryable: store,
        query: `${name}(requests_total[5d])`,
        startMs: 0,
        endMs: 10_000 * STEP,
        stepMs: STEP,
      };
      await expect(new Engine({ features: ALL_FEATURES }).range(request, ctx)).rejects.toThrow('gone');
      expect(seen).toBeGreaterThan(0);
      expect(performance.now() - cancelAt).toBeLessThan(50);
    },
  );

  test('no more queries at a time than allowed', async () => {
    const engine = new Engine({ maxConcurrency: 1 });
    const queryable = storage(2, 10);
    const all = Array.from({ length: 5 }, () =>
      engine.instant({ queryable, query: 'sum(requests_total)', timeMs: 5 * STEP }, context()),
    );
    expect(new Set((await Promise.all(all)).map((result) => texts(result).join()))).toEqual(new Set(['{} 15']));
  });
});

test.each([
  'avg by (instance) (rate(requests_total[5m]))',
  'stddev without (job) (requests_total)',
  '-max by (instance) (rate(requests_total[5m])) * 2',
])('shares make up the whole answer, bit for bit: %s', async (query) => {
  const stored = storage(60, 30);
  const engine = new Engine({ features: ALL_FEATURES });
  const request = { query, startMs: 0, endMs: 30 * STEP, stepMs: STEP };
  const key = engine.shardKey(request);
  if (key === undefined) throw new Error('no key');
  const whole = texts(await engine.range({ ...request, queryable: stored }, context()));
  const parts: string[][] = [];
  for (const index of [0, 1, 2]) {
    const queryable = shareOf(stored, { ...key, index, total: 3 });
    parts.push(texts(await engine.range({ ...request, queryable }, context())));
  }
  expect(parts.every((part) => part.length < whole.length)).toBe(true);
  expect(parts.flat().sort()).toEqual([...whole].sort());
});

/** The series of `queryable` that a share holds. */
function shareOf(queryable: Queryable, shard: NonNullable<SeriesRequest['shard']>): Queryable {
  return {
    select(request, ctx) {
      const { batches, reader } = queryable.select(request, ctx);
      return { batches: filtered(batches), reader };
    },
  };
  async function* filtered(batches: AsyncIterable<SeriesBatch>): AsyncGenerator<SeriesBatch> {
    const filter = new ShardFilter(shard);
    for await (const batch of batches) {
      const builder = new SeriesBatchBuilder();
      for (let i = 0; i < batch.count; i++) {
        const labels = batch.labelBuffers[batch.labelBuffer[i]];
        if (filter.keeps(labels, batch.labelOffset[i], batch.labelLength[i])) builder.rows(batch, i, i + 1);
      }
      if (builder.count > 0) yield builder.finish();
    }
  }
}

test('what several selectors share is read once', async () => {
  const store = storage(3, 30);
  let selects = 0;
  const counting: Queryable = {
    select(request) {
      selects++;
      return store.select(request);
    },
  };
  const query = 'sum(requests_total) / count(requests_total) + max(requests_total{job="j0"})';
  const result = await new Engine().instant(
    { queryable: counting, query, timeMs: 10 * STEP, rawOnly: true },
    context(),
  );
  expect(texts(result)).toEqual(['{} 30']);
  expect(selects).toBe(1);
});

test('samples are counted by step where asked for', async () => {
  const engine = new Engine({ features: { perStepStats: true } });
  const request = {
    queryable: storage(2, 30),
    query: 'sum(rate(requests_total[5m]))',
    startMs: 10 * STEP,
    endMs: 12 * STEP,
    stepMs: STEP,
  };
  const { stats } = await engine.range({ ...request, perStepStats: true }, context());
  expect(stats.totalQueryableSamples).toBe(30);
  expect([...(stats.totalQueryableSamplesPerStep ?? [])]).toEqual([10, 10, 10]);
});

test('explain shows the operators, analyze what came out of them', async () => {
  const engine = new Engine();
  const query = 'sum by (job) (rate(requests_total[5m]))';
  const request = { queryable: storage(6, 30), query, startMs: 10 * STEP, endMs: 12 * STEP, stepMs: STEP };
  const tree = engine.explain(request);
  expect(tree.name).toBe('aggregate sum by=(job)');
  expect(tree.children[0].name).toBe('call rate');
  expect(tree.children[0].children[0].children[0].name).toContain('{__name__="requests_total"}');
  const { analysis } = await engine.range({ ...request, analyze: true }, context());
  expect(analysis).toMatchObject({ name: tree.name, series: 3, samples: 9 });
  expect(analysis?.children[0]).toMatchObject({ name: 'call rate', series: 6, samples: 18 });
  expect(analysis?.executionMs).toBeGreaterThanOrEqual(analysis?.children[0].executionMs ?? Infinity);
  expect((await engine.range(request, context())).analysis).toBeUndefined();
});
