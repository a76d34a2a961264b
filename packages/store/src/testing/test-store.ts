import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentMetrics } from '@tsanos/bytes';
import { LazyIndexHeader } from '@tsanos/blocks';
import { Labels } from '@tsanos/model';
import type { Bucket } from '@tsanos/objstore';
import { storeMetrics } from '../engine/metrics.ts';
import { RangeCache } from '../engine/range-cache.ts';
import type { StoreLimits } from '../engine/request-counter.ts';
import type { BlockSnapshot } from '../engine/snapshots.ts';
import { StoreSource, type ServedBlock } from '../engine/store-source.ts';

/** A source over blocks of a bucket, on this thread. */
export interface TestStore {
  readonly source: StoreSource;
  close(): Promise<void>;
}

/** Opens blocks as a store engine does. */
export async function testStore(
  bucket: Bucket,
  blocks: readonly BlockSnapshot[],
  limits: Partial<StoreLimits> = {},
  cacheBytes = 0,
): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'tsanos-test-store-'));
  const served = blocks.map((block): ServedBlock => ({
    block: { ...block, labels: Labels.fromSorted(block.labels) },
    header: new LazyIndexHeader({ bucket, ulid: block.ulid, path: join(folder, block.ulid, 'index-header') }),
  }));
  const groups = Map.groupBy(served, ({ block }) => JSON.stringify([...block.labels]));
  const source = new StoreSource({
    bucket,
    caches: { index: new RangeCache(cacheBytes), chunks: new RangeCache(cacheBytes) },
    metrics: storeMetrics(silentMetrics),
    limits: { series: 0, samples: 0, downloadedBytes: 0, ...limits },
    groups: () => groups,
    timeRange: () => ({ mint: -Infinity, maxt: Infinity }),
  });
  return {
    source,
    close: async () => {
      for (const { header } of served) header.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
