import { createMatcher } from '@tsanos/model';
import { MemorySource, collectSeries, seriesOf, testContext } from '@tsanos/series/testing';
import { describe, expect, test } from 'vitest';
import { limitSource } from './limit-source.ts';

const request = {
  mint: 0,
  maxt: 10_000,
  matchers: [createMatcher('!=', 'a', '')],
  maxResolutionMs: 0,
  aggregates: [],
  partialResponse: 'warn' as const,
  skipChunks: false,
  withoutReplicaLabels: [],
  limit: 0,
};
const samples = Array.from({ length: 240 }, (_, i): [number, number] => [i, i]);
const memory = new MemorySource(
  [1, 2, 3, 4, 5].map((i) => seriesOf({ a: String(i) }, samples)),
  { batchSize: 2 },
);

describe('request limits', () => {
  test('pass at the limit, fail above it, name the flag, hold nothing afterwards', async () => {
    for (const limits of [
      { series: 5, samples: 0 },
      { series: 0, samples: 1200 },
      { series: 0, samples: 0 },
    ]) {
      expect(await collectSeries(limitSource(memory, limits).series(request, testContext()))).toHaveLength(5);
    }
    const ctx = testContext();
    await expect(
      collectSeries(limitSource(memory, { series: 4, samples: 0 }).series(request, ctx)),
    ).rejects.toMatchObject({
      kind: 'limit',
      message:
        'failed to send series: limit 4 violated (got 5); narrow the selector or raise --store.limits.request-series',
    });
    await expect(
      collectSeries(limitSource(memory, { series: 0, samples: 1199 }).series(request, ctx)),
    ).rejects.toMatchObject({
      kind: 'limit',
      fields: { limit: 1199, got: 1200, flag: '--store.limits.request-samples' },
    });
    expect([memory.open, ctx.bytesHeld]).toEqual([0, 0]);
  });
});
