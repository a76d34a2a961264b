import { createMatcher, Labels } from '@tsanos/model';
import { MemoryBucket } from '@tsanos/objstore';
import { ObservedBucket } from '@tsanos/objstore/testing';
import { Aggr, type LabelsRequest, type SeriesRequest } from '@tsanos/series';
import { collectSeries, seriesOf, testContext, type TestSeries } from '@tsanos/series/testing';
import { describe, expect, it } from 'vitest';
import { blockInBucket, testStore } from '../testing/index.ts';
import { blockHints } from './block-hints.ts';
import type { BlockSnapshot } from './snapshots.ts';

const T0 = 1_700_000_000_000;
const external = Labels.from({ cluster: 'eu' });

/** `count` series of 240 samples: two chunks each. */
function data(count: number): TestSeries[] {
  return Array.from({ length: count }, (_, i) =>
    seriesOf(
      { __name__: 'x', i: String(i).padStart(6, '0') },
      Array.from({ length: 240 }, (__, k) => [T0 + k * 15_000, Math.sin(i + k)]),
    ),
  );
}

function request(change: Partial<SeriesRequest> = {}): SeriesRequest {
  return {
    mint: T0,
    maxt: T0 + 3_600_000,
    matchers: [createMatcher('=', '__name__', 'x')],
    maxResolutionMs: 0,
    aggregates: [Aggr.COUNT],
    partialResponse: 'abort',
    skipChunks: false,
    withoutReplicaLabels: [],
    limit: 0,
    ...change,
  };
}

async function setUp(count = 10): Promise<{ bucket: MemoryBucket; block: BlockSnapshot }> {
  const bucket = new MemoryBucket();
  return { bucket, block: await blockInBucket(bucket, data(count), { externalLabels: external }) };
}

async function damage(bucket: MemoryBucket, name: string, at: number): Promise<void> {
  const bytes = await bucket.get(name);
  bytes[at < 0 ? bytes.length + at : at] ^= 0x55;
  await bucket.upload(name, bytes);
}

describe('damaged blocks', () => {
  it('names block and series of a damaged chunk, warns where it may, and goes on with other blocks', async () => {
    const { bucket, block } = await setUp();
    const other = await blockInBucket(bucket, data(3), { externalLabels: Labels.from({ cluster: 'us' }) });
    await damage(bucket, `${block.ulid}/chunks/000001`, -20);
    const store = await testStore(bucket, [block, other]);
    const wanted = new RegExp(
      `block ${block.ulid}: chunks/000001: .*checksum mismatch.*: series \\{__name__="x", cluster="eu", i="000009"\\}`,
    );
    await expect(collectSeries(store.source.series(request(), testContext()))).rejects.toThrow(wanted);
    const ctx = testContext();
    const series = await collectSeries(store.source.series(request({ partialResponse: 'warn' }), ctx));
    expect(series.filter((s) => s.labels.get('cluster') === 'us')).toHaveLength(3);
    expect(ctx.warnings).toEqual([expect.stringMatching(wanted)]);
    await store.close();
  });

  it.each(['chunks/000001', 'index'])('names a missing %s', async (name) => {
    const { bucket, block } = await setUp();
    await bucket.delete(`${block.ulid}/${name}`);
    const store = await testStore(bucket, [block]);
    const wanted = `block ${block.ulid}: ${name} is missing in the bucket`;
    await expect(collectSeries(store.source.series(request(), testContext()))).rejects.toThrow(wanted);
    const ctx = testContext();
    expect(await collectSeries(store.source.series(request({ partialResponse: 'warn' }), ctx))).toEqual([]);
    expect(ctx.warnings).toEqual([expect.stringContaining(wanted)]);
    await store.close();
  });

  it('says of any damaged byte of the index that the index is damaged, or does not need it', async () => {
    const { bucket, block } = await setUp(4);
    const name = `${block.ulid}/index`;
    const good = await bucket.get(name);
    const whole = await testStore(bucket, [block]);
    const right = await collectSeries(whole.source.series(request(), testContext()));
    await whole.close();
    let found = 0;
    for (let at = 0; at < good.length; at += 3) {
      await bucket.upload(name, good);
      await damage(bucket, name, at);
      const store = await testStore(bucket, [block]);
      try {
        expect(await collectSeries(store.source.series(request(), testContext()))).toEqual(right);
      } catch (error) {
        if (!(error instanceof Error) || error.name === 'AssertionError') throw error;
        expect(error.message).toMatch(/index|series|postings|symbol|checksum/);
        found++;
      } finally {
        await store.close();
      }
    }
    expect(found).toBeGreaterThan(20);
  });
});

describe('limits', () => {
  it.each([
    [{ series: 10 }, { series: 9 }, /more than 9 series.*--store\.limits\.request-series/],
    [{ samples: 2400 }, { samples: 2399 }, /more than 2399 samples.*--store\.limits\.request-samples/],
  ])('%j passes, %j does not', async (enough, short, message) => {
    const { bucket, block } = await setUp(10);
    const passing = await testStore(bucket, [block], enough);
    expect(await collectSeries(passing.source.series(request(), testContext()))).toHaveLength(10);
    await passing.close();
    const failing = await testStore(bucket, [block], short);
    const ctx = testContext();
    await expect(collectSeries(failing.source.series(request(), ctx))).rejects.toThrow(message);
    expect(ctx.bytesHeld).toBe(0);
    await failing.close();
  });

  it('counts bytes exactly', async () => {
    const { bucket, block } = await setUp(10);
    const observed = new ObservedBucket(bucket);
    const free = await testStore(observed, [block]);
    const store = async (downloadedBytes: number): Promise<number> => {
      const limited = await testStore(bucket, [block], { downloadedBytes });
      try {
        return (await collectSeries(limited.source.series(request(), testContext()))).length;
      } finally {
        await limited.close();
      }
    };
    let low = 1;
    let high = 1_000_000;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (await store(middle).catch(() => 0)) high = middle;
      else low = middle + 1;
    }
    await expect(store(low - 1)).rejects.toThrow(
      `more than ${low - 1} bytes fetched: narrow its matchers or time range, or raise --store.grpc.downloaded-bytes-limit`,
    );
    expect(await store(low)).toBe(10);
    await free.close();
  });
});

describe('reads', () => {
  it('moves little more than what a query needs', async () => {
    const { bucket, block } = await setUp(2000);
    const observed = new ObservedBucket(bucket);
    const store = await testStore(observed, [block]);
    // The index-header comes first, once and not by the query.
    await collectSeries(store.source.series(request({ matchers: [createMatcher('=', 'i', 'none')] }), testContext()));
    observed.bytesFetched = 0;
    const few = await collectSeries(store.source.series(request(), testContext()));
    const chunkBytes = few.reduce((sum, s) => sum + s.chunks.reduce((all, c) => all + c.bytes.length + 7, 0), 0);
    const indexBytes = block.indexBytes;
    expect(observed.bytesFetched).toBeLessThan(1.3 * (chunkBytes + indexBytes));
    await store.close();
  });

  it('pauses when its reader does', async () => {
    const { bucket, block } = await setUp(8000);
    const observed = new ObservedBucket(bucket);
    const store = await testStore(observed, [block]);
    const stream = store.source.series(request(), testContext())[Symbol.asyncIterator]();
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const { bytesFetched } = observed;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(observed.bytesFetched).toBe(bytesFetched);
    // The batch that was taken and one ahead; all chunks are over 14 MB.
    expect(bytesFetched - block.indexBytes * 2).toBeLessThan(8_000_000);
    await stream.return?.();
    await store.close();
  });

  it('gives nothing for no matchers, as Thanos does', async () => {
    const { bucket, block } = await setUp(2);
    const store = await testStore(bucket, [block]);
    expect(await collectSeries(store.source.series(request({ matchers: [] }), testContext()))).toEqual([]);
    await store.close();
  });
});

describe('hints', () => {
  const labels: LabelsRequest = {
    mint: T0,
    maxt: T0 + 3_600_000,
    matchers: [],
    partialResponse: 'abort',
    withoutReplicaLabels: [],
    limit: 0,
  };
  const any = (kind: string, value: Uint8Array) => ({ type_url: `type.googleapis.com/hintspb.${kind}`, value });

  it('chooses blocks and tells which were asked', async () => {
    const { bucket, block } = await setUp(2);
    const other = await blockInBucket(bucket, data(2), { externalLabels: Labels.from({ cluster: 'us' }) });
    const store = await testStore(bucket, [block, other]);
    const hinted = blockHints(() => store.source);
    // block_matchers: [{name: "cluster", value: "us"}]
    const matchers = Buffer.from('\x0a\x0d\x12\x07cluster\x1a\x02us', 'latin1');
    const series = hinted.withHints('series', any('SeriesRequestHints', matchers));
    const found = await collectSeries(series.source.series(request(), testContext()));
    expect(found.map((s) => s.labels.get('cluster'))).toEqual(['us', 'us']);
    const names = hinted.withHints('label-names', null);
    expect(await names.source.labelNames(labels, testContext())).toEqual(['__name__', 'cluster', 'i']);
    const answer = names.responseHints?.();
    expect(answer?.type_url).toBe('type.googleapis.com/hintspb.LabelNamesResponseHints');
    const text = Buffer.from(answer?.value ?? []).toString('latin1');
    for (const { ulid } of [block, other]) expect(text).toContain(`\x0a\x1c\x0a\x1a${ulid}`);
    await store.close();
  });

  it('refuses hints of another kind in the words of Thanos', async () => {
    const { bucket, block } = await setUp(1);
    const store = await testStore(bucket, [block]);
    const hinted = blockHints(() => store.source);
    expect(() => hinted.withHints('series', any('LabelNamesRequestHints', new Uint8Array(0)))).toThrow(
      'unmarshal series request hints: mismatched message type: got "hintspb.LabelNamesRequestHints" want "hintspb.SeriesRequestHints"',
    );
    await store.close();
  });
});
