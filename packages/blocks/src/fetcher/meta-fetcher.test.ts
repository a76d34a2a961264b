import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newUlid, silentLogger, silentMetrics } from '@tsanos/bytes';
import { createRelabelConfig } from '@tsanos/model';
import { MemoryBucket, ObjstoreError } from '@tsanos/objstore';
import { ObservedBucket } from '@tsanos/objstore/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeMarker } from '../markers.ts';
import { encodeMeta } from '../meta/meta.ts';
import { fakeMeta, putMeta } from '../testing/fake-meta.ts';
import {
  consistencyFilter,
  DeletionMarkFilter,
  DuplicateFilter,
  labelFilter,
  MarkCollector,
  replicaLabelFilter,
  timeFilter,
} from './filters.ts';
import { MetaFetcher } from './meta-fetcher.ts';

const ids = Array.from({ length: 6 }, (_, i) => newUlid(1_700_000_000_000 + i));
const bytes = (text: string): Uint8Array => Buffer.from(text);

describe.each(['concurrent', 'recursive'] as const)('MetaFetcher, %s', (strategy) => {
  let bucket: ObservedBucket;
  let dataDir: string;
  beforeEach(async () => {
    bucket = new ObservedBucket(new MemoryBucket());
    dataDir = await mkdtemp(join(tmpdir(), 'fetcher-'));
    for (const id of ids.slice(0, 3)) await putMeta(bucket, fakeMeta(id));
  });
  const gets = (): number => bucket.log.filter((line) => line.startsWith('get ')).length;

  it('reads each meta.json once, also across starts, and sees what comes and goes', async () => {
    const fetcher = new MetaFetcher({ bucket, dataDir, strategy });
    expect([...(await fetcher.fetch()).metas.keys()]).toEqual(ids.slice(0, 3));
    await fetcher.fetch();
    expect(gets()).toBe(3);
    const second = new MetaFetcher({ bucket, dataDir, strategy });
    await second.fetch();
    expect(gets()).toBe(3);
    await bucket.delete(`${ids[0]}/meta.json`);
    await putMeta(bucket, fakeMeta(ids[3]));
    expect([...(await second.fetch()).metas.keys()]).toEqual(ids.slice(1, 4));
    expect((await readdir(join(dataDir, 'meta-syncer'))).sort()).toEqual(ids.slice(1, 4));
    expect(await readFile(join(dataDir, 'meta-syncer', ids[1], 'meta.json'))).toEqual(
      Buffer.from(encodeMeta(fakeMeta(ids[1]))),
    );
  });

  it('survives a spoilt cache', async () => {
    await new MetaFetcher({ bucket, dataDir, strategy }).fetch();
    await writeFile(join(dataDir, 'meta-syncer', ids[0], 'meta.json'), '{"version":');
    await writeFile(join(dataDir, 'meta-syncer', ids[1], 'meta.json'), encodeMeta(fakeMeta(ids[2])));
    const { metas } = await new MetaFetcher({ bucket, dataDir, strategy }).fetch();
    expect([...metas.values()].map((meta) => meta.ulid)).toEqual(ids.slice(0, 3));
  });

  it('tells partial blocks from broken reads and from versions to come', async () => {
    await bucket.upload(`${ids[3]}/index`, bytes('x'));
    await bucket.upload(`${ids[4]}/meta.json`, bytes('{"version":'));
    await bucket.upload(`${ids[5]}/meta.json`, bytes('{"version":2}'));
    await bucket.upload('debug/metas/x.json', bytes('{}'));
    const named: unknown[] = [];
    const logger = {
      ...silentLogger,
      warn: (_msg: string, fields?: { block?: unknown }) => void named.push(fields?.block),
    };
    const fetcher = new MetaFetcher({ bucket, dataDir, strategy, logger });
    await fetcher.fetch();
    const view = await fetcher.fetch();
    expect(named.sort(), 'once each').toEqual([ids[3], ids[4]].sort());
    expect([...view.metas.keys()]).toEqual(ids.slice(0, 3));
    // Read side by side, so in any order.
    expect([...view.partial].map(([id, error]) => [id, error.code]).sort()).toEqual([
      [ids[3], 'no-meta'],
      [ids[4], 'corrupt-meta'],
    ]);
    expect([...view.quarantined.keys()]).toEqual([ids[5]]);
    expect(view.incomplete).toBeUndefined();
    const fresh = new MetaFetcher({ bucket, strategy });
    bucket.before = (operation, name) => {
      if (operation === 'get' && name.startsWith(ids[1]))
        throw new ObjstoreError('retryable', 'object-store-failed', 'no');
    };
    const broken = await fresh.fetch();
    expect(broken.incomplete?.kind).toBe('retryable');
    expect([...broken.metas.keys()]).toEqual([ids[0], ids[2]]);
    bucket.before = undefined;
    expect((await fresh.fetch()).metas.size).toBe(3);
  });

  it('filters in order and counts', async () => {
    const now = 1_700_000_100_000;
    await putMeta(bucket, fakeMeta(ids[3], { sources: [ids[0], ids[1]], level: 2, source: 'compactor' }));
    await putMeta(bucket, fakeMeta(ids[4], { labels: { cluster: 'b', replica: '1' } }));
    await putMeta(bucket, fakeMeta(ids[5], { minTime: 1e9, maxTime: 2e9 }));
    const mark = (seconds: number): Uint8Array =>
      encodeMarker('deletion-mark', { id: ids[2], details: '', time: seconds, reason: '' });
    await bucket.upload(`${ids[2]}/deletion-mark.json`, mark(now / 1000 - 50));
    await bucket.upload(`${ids[4]}/deletion-mark.json`, bytes('{'));
    await bucket.upload(
      `${ids[4]}/no-compact-mark.json`,
      encodeMarker('no-compact-mark', { id: ids[4], details: '', time: 1, reason: 'manual' }),
    );
    const duplicates = new DuplicateFilter();
    const marks = new DeletionMarkFilter({ bucket, logger: silentLogger }, 10_000);
    const noCompact = new MarkCollector({ bucket, logger: silentLogger }, 'no-compact-mark');
    const gauges = new Map<string, number>();
    const metrics = {
      ...silentMetrics,
      gauge: () => ({
        labels: (...values: string[]) => ({
          inc: () => {},
          dec: () => {},
          set: (value: number) => void gauges.set(values.join(), value),
        }),
        reset: () => {},
      }),
    };
    const filters = [
      timeFilter(
        () => 0,
        () => 1e8,
      ),
      labelFilter([createRelabelConfig({ action: 'keep', source_labels: ['cluster'], regex: 'a|b' })]),
      consistencyFilter(1000),
      marks,
      replicaLabelFilter(['replica']),
      duplicates,
      noCompact,
    ];
    const view = await new MetaFetcher({ bucket, strategy, filters, metrics, now: () => now }).fetch();
    expect([...view.metas.keys()]).toEqual([ids[3], ids[4]]);
    expect([...view.metas.get(ids[4])!.thanos.labels]).toEqual([['cluster', 'b']]);
    expect(duplicates.duplicates).toEqual([ids[0], ids[1]]);
    expect([...marks.marks.keys()]).toEqual([ids[2]]);
    expect(noCompact.marks.get(ids[4])?.reason).toBe('manual');
    expect(Object.fromEntries([...gauges].filter(([, value]) => value > 0))).toEqual({
      loaded: 2,
      duplicate: 2,
      'time-excluded': 1,
      'marked-for-deletion': 1,
      'marked-for-no-compact': 1,
      'replica-label-removed': 1,
    });
  });

  it('throws when the bucket cannot be listed', async () => {
    bucket.before = () => {
      throw new ObjstoreError('retryable', 'object-store-failed', 'down');
    };
    await expect(new MetaFetcher({ bucket, strategy }).fetch()).rejects.toThrow('down');
  });
});
