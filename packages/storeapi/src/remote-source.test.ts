import { TsanosError } from '@tsanos/bytes';
import { Channel, Status, type RpcError, type ServerCall } from '@tsanos/rpc';
import { loopback } from '@tsanos/rpc/testing';
import type { SeriesBatch, SeriesSource } from '@tsanos/series';
import {
  collectSeries,
  fixtureSeries,
  MemorySource,
  seriesBatchOf,
  seriesOf,
  seriesSourceSuite,
  testContext,
  type SourceFixture,
  type SourceUnderTest,
} from '@tsanos/series/testing';
import { createMatcher, labelsToString } from '@tsanos/model';
import { afterEach, describe, expect, test } from 'vitest';
import { codecs } from './proto/codecs.ts';
import { RemoteSource, type RemoteSourceOptions } from './remote-source.ts';
import { countMessages, seriesBlocks, serveLabelNames, serveLabelValues, type MakeContext } from './store-calls.ts';
import { relayStoreService, storeService } from './store-service.ts';
import { serverCallContext, unlimitedBudget } from './call-context.ts';

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function remote(
  source: SeriesSource,
  options: RemoteSourceOptions = {},
  compression: 'none' | 'snappy' | 'gzip' = 'none',
): Promise<{ source: RemoteSource; channel: Channel; close: () => Promise<void> }> {
  const { channel, close } = await loopback([storeService(source, { noMatchers: 'allow' })], {}, { compression });
  return { source: new RemoteSource(channel, options), channel, close };
}

async function under(
  fixture: SourceFixture,
  failAfter: number | undefined,
  compression: 'none' | 'snappy' | 'gzip',
): Promise<SourceUnderTest> {
  const memory = new MemorySource(fixtureSeries(fixture), {
    externalLabels: fixture.externalLabels,
    ...(failAfter === undefined ? {} : { failAfter }),
  });
  const { source, close } = await remote(memory, {}, compression);
  return { source, reads: () => memory.reads, close };
}

for (const compression of ['none', 'snappy'] as const) {
  seriesSourceSuite(
    `remote over loopback, compression ${compression}`,
    (fixture) => under(fixture, undefined, compression),
    { makeBroken: (fixture) => under(fixture, 1, compression) },
  );
}

// What a component with workers does: blocks made in one place and sent in another.
seriesSourceSuite('remote over a relay of blocks, compression snappy', async (fixture) => {
  const memory = new MemorySource(fixtureSeries(fixture), { externalLabels: fixture.externalLabels });
  const options = { noMatchers: 'allow' } as const;
  const context =
    (call: ServerCall): MakeContext =>
    (warn) =>
      serverCallContext(call, unlimitedBudget, warn);
  const relay = relayStoreService({
    series: (bytes, call) => seriesBlocks(memory, bytes, call.responseEncoding, options, context(call)),
    labelNames: (bytes, call) => serveLabelNames(memory, bytes, options, context(call)),
    labelValues: (bytes, call) => serveLabelValues(memory, bytes, options, context(call)),
  });
  const { channel, close } = await loopback([relay], {}, { compression: 'snappy' });
  return { source: new RemoteSource(channel), reads: () => memory.reads, close };
});

const request = {
  mint: 0,
  maxt: 1000,
  matchers: [createMatcher('=', 'a', '1')],
  maxResolutionMs: 0,
  aggregates: [],
  partialResponse: 'warn' as const,
  skipChunks: false,
  withoutReplicaLabels: [],
  limit: 0,
};

function sourceOf(series: () => AsyncIterable<SeriesBatch>): SeriesSource {
  return { series, labelNames: () => Promise.resolve([]), labelValues: () => Promise.resolve([]) };
}

describe('store service', () => {
  test('refuses what Thanos refuses, with its codes and texts', async () => {
    const { channel, close } = await loopback([storeService(new MemorySource([]))]);
    open.push({ close });
    const series = async (
      message: Parameters<typeof codecs.seriesRequest.encode>[0] | Uint8Array,
    ): Promise<RpcError> => {
      const bytes = message instanceof Uint8Array ? message : codecs.seriesRequest.encode(message);
      return (await channel
        .stream('/thanos.Store/Series', bytes)
        .read()
        .catch((error: unknown) => error)) as RpcError;
    };
    expect(await series({})).toMatchObject({
      status: Status.INVALID_ARGUMENT,
      message: 'no matchers specified (excluding external labels)',
    });
    expect(await series({ matchers: [{ type: 2, name: 'a', value: 'a(' }] })).toMatchObject({
      status: Status.INVALID_ARGUMENT,
      message: 'error parsing regexp: missing closing ): `a(`',
    });
    expect(await series(Buffer.from([0x0a, 5]))).toMatchObject({ status: Status.INTERNAL });
    await expect(
      channel.unary('/thanos.Store/LabelValues', codecs.labelValuesRequest.encode({})),
    ).rejects.toMatchObject({ status: Status.INVALID_ARGUMENT, message: 'label name parameter cannot be empty' });
    const names = await channel.unary('/thanos.Store/LabelNames', codecs.labelNamesRequest.encode({}));
    expect(codecs.labelNamesResponse.decode(names)).toEqual({ names: [], warnings: [], hints: null });
  });

  test('warnings come as frames and arrive once', async () => {
    const { source, close } = await remote({
      ...sourceOf(async function* () {}),
      async *series(_request, ctx) {
        ctx.warn('one');
        yield seriesBatchOf(seriesOf({ a: '1' }));
        ctx.warn('two');
        ctx.warn('one');
      },
    });
    open.push({ close });
    const ctx = testContext();
    expect(await collectSeries(source.series(request, ctx))).toHaveLength(1);
    expect(ctx.warnings).toEqual(['one', 'two']);
    await expect(
      collectSeries(source.series({ ...request, partialResponse: 'abort' }, testContext())),
    ).rejects.toMatchObject({ status: Status.ABORTED, message: 'one' });
  });
});

describe('remote source', () => {
  test('times out on silence with the words of Thanos, and keeps what came before', async () => {
    const { source, close } = await remote(
      sourceOf(async function* () {
        yield seriesBatchOf(seriesOf({ a: '1' }));
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }),
      { responseTimeoutMs: 150, name: 'Addr: x' },
    );
    open.push({ close });
    const seen: string[] = [];
    const run = async (): Promise<void> => {
      for await (const batch of source.series(request, testContext())) seen.push(`${batch.count}`);
    };
    await expect(run()).rejects.toThrow('failed to receive any data in 150ms from Addr: x');
    expect(seen).toEqual(['1']);
  });

  test('sorts a peer that does not', async () => {
    const { source, close } = await remote(
      sourceOf(async function* () {
        yield seriesBatchOf(seriesOf({ a: '3' }), seriesOf({ a: '1' }));
        yield seriesBatchOf(seriesOf({ a: '2' }));
      }),
      { sort: true },
    );
    open.push({ close });
    const ctx = testContext();
    expect((await collectSeries(source.series(request, ctx))).map((s) => labelsToString(s.labels))).toEqual([
      '{a="1"}',
      '{a="2"}',
      '{a="3"}',
    ]);
    expect(ctx.bytesHeld).toBe(0);
  });

  test('a consumer that stops ends the call on the server', async () => {
    let ended = 0;
    const { source, close } = await remote(
      sourceOf(async function* () {
        try {
          for (let i = 0; ; i++) yield seriesBatchOf(seriesOf({ a: String(i) }, [[1, 1]]));
        } finally {
          ended = performance.now();
        }
      }),
    );
    open.push({ close });
    let stopped = 0;
    for await (const batch of source.series(request, testContext())) {
      expect(batch.count).toBeGreaterThan(0);
      stopped = performance.now();
      break;
    }
    await expect.poll(() => ended).toBeGreaterThan(0);
    expect(ended - stopped).toBeLessThan(50);
  });
});

describe('blocks of a worker', () => {
  const bytes = codecs.seriesRequest.encode({ matchers: [{ name: 'a', value: '1' }] });
  const make: MakeContext = () => testContext();

  test('what is there leaves while the source takes its time', async () => {
    const stalls = sourceOf(async function* () {
      yield seriesBatchOf(seriesOf({ a: '1' }));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      yield seriesBatchOf(seriesOf({ a: '2' }));
    });
    const from = performance.now();
    const times: number[] = [];
    for await (const block of seriesBlocks(stalls, bytes, 'identity', {}, make)) {
      expect(countMessages(block)).toBe(1);
      times.push(performance.now() - from);
    }
    expect(times.length).toBe(2);
    expect(times[0]).toBeLessThan(500);
  });

  test('a consumer that takes no more ends the source', async () => {
    let ended = false;
    const endless = sourceOf(async function* () {
      try {
        for (let i = 0; ; i++) yield seriesBatchOf(seriesOf({ a: String(i), pad: 'x'.repeat(5000) }));
      } finally {
        ended = true;
      }
    });
    for await (const block of seriesBlocks(endless, bytes, 'identity', {}, make)) {
      expect(block.length).toBeGreaterThan(1000);
      break;
    }
    await expect.poll(() => ended).toBe(true);
  });

  test('messages before an error come before it', async () => {
    const breaks = sourceOf(async function* () {
      yield seriesBatchOf(seriesOf({ a: '1' }));
      throw new TsanosError('internal', 'broken', 'broken');
    });
    let messages = 0;
    const run = async (): Promise<void> => {
      for await (const block of seriesBlocks(breaks, bytes, 'snappy', {}, make)) messages += countMessages(block);
    };
    await expect(run()).rejects.toThrow('broken');
    expect(messages).toBe(1);
  });
});

test('what was received counts in the budget until its batches are done with', async () => {
  const { source, close } = await remote(new MemorySource(['1', '2', '3'].map((n) => seriesOf({ n }, [[1, 1]]))));
  open.push({ close });
  const ask = {
    mint: 0,
    maxt: 10,
    matchers: [createMatcher('=~', 'n', '.+')],
    maxResolutionMs: 0,
    aggregates: [],
    partialResponse: 'abort',
    skipChunks: false,
    withoutReplicaLabels: [],
    limit: 0,
  } as const;
  const ctx = testContext();
  for await (const batch of source.series(ask, ctx)) {
    expect(batch.count).toBeGreaterThan(0);
    expect(ctx.bytesHeld).toBeGreaterThan(20);
  }
  expect(ctx.bytesPeak).toBeGreaterThan(20);
  expect(ctx.bytesHeld).toBe(0);
  const small = testContext(20);
  await expect(collectSeries(source.series(ask, small))).rejects.toMatchObject({ kind: 'limit' });
  expect(small.bytesHeld).toBe(0);
});
