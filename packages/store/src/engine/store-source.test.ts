import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FilesystemBucket, MemoryBucket, type Bucket } from '@tsanos/objstore';
import { ObservedBucket } from '@tsanos/objstore/testing';
import { fixtureSeries, seriesSourceSuite, type SourceFixture, type SourceUnderTest } from '@tsanos/series/testing';
import { blockInBucket, testStore, type TestBlockOptions } from '../testing/index.ts';

async function storeOf(
  fixture: SourceFixture,
  inner: Bucket,
  options: TestBlockOptions = {},
): Promise<SourceUnderTest> {
  const block = await blockInBucket(inner, fixtureSeries(fixture), {
    ...options,
    externalLabels: fixture.externalLabels,
  });
  const bucket = new ObservedBucket(inner);
  const store = await testStore(bucket, [block]);
  return { source: store.source, reads: () => bucket.gets, close: store.close };
}

/** The second half of the block has a damaged chunk file. */
async function brokenStore(fixture: SourceFixture): Promise<SourceUnderTest> {
  const bucket = new MemoryBucket();
  const block = await blockInBucket(bucket, fixtureSeries(fixture), { externalLabels: fixture.externalLabels });
  const name = `${block.ulid}/chunks/000001`;
  const bytes = await bucket.get(name);
  bytes[bytes.length >> 1] ^= 0x40;
  await bucket.upload(name, bytes);
  return testStore(bucket, [block]);
}

const options = { externalOnly: 'empty', makeBroken: brokenStore } as const;

seriesSourceSuite('store over memory', (fixture) => storeOf(fixture, new MemoryBucket()), options);

seriesSourceSuite(
  'store over a folder, many segments, no sizes in meta.json',
  async (fixture) => {
    const folder = await mkdtemp(join(tmpdir(), 'tsanos-store-suite-'));
    const under = await storeOf(fixture, new FilesystemBucket(folder), { segmentBytes: 2000, withoutFiles: true });
    const close = async (): Promise<void> => {
      await under.close?.();
      await rm(folder, { recursive: true, force: true });
    };
    return { ...under, close };
  },
  options,
);
