import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareLabels, encodeLabels, type Labels } from '@tsanos/model';
import type { Bucket } from '@tsanos/objstore';
import type { TestSeries } from '@tsanos/series/testing';
import { BlockWriter } from '@tsanos/tsdb';
import type { BlockSnapshot } from '../engine/snapshots.ts';

export interface TestBlockOptions {
  readonly externalLabels?: Labels;
  readonly resolutionMs?: number;
  readonly segmentBytes?: number;
  /** Leaves sizes and names of files out of meta.json, as old blocks do. */
  readonly withoutFiles?: boolean;
}

/** Writes a block of series, in any order, into a bucket; what a store is told of it. */
export async function blockInBucket(
  bucket: Bucket,
  series: readonly TestSeries[],
  options: TestBlockOptions = {},
): Promise<BlockSnapshot> {
  const folder = await mkdtemp(join(tmpdir(), 'tsanos-test-block-'));
  try {
    const writer = new BlockWriter(folder, {
      tombstones: false,
      ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
    });
    for (const { labels, chunks } of series.toSorted((a, b) => compareLabels(a.labels, b.labels))) {
      const bodies = chunks.map((chunk) => ({ ...chunk, offset: 0, length: chunk.bytes.length }));
      writer.addSeries(encodeLabels(labels), bodies);
    }
    const meta = writer.finish();
    if (meta === undefined) throw new RangeError('a test block needs a sample');
    return await upload(bucket, join(folder, meta.ulid), options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function upload(bucket: Bucket, folder: string, options: TestBlockOptions): Promise<BlockSnapshot> {
  const meta = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8')) as {
    ulid: string;
    minTime: number;
    maxTime: number;
    stats: { numSeries: number };
  };
  const names = (await readdir(join(folder, 'chunks'))).sort().map((name) => `chunks/${name}`);
  const sizes: number[] = [];
  for (const name of [...names, 'index']) {
    sizes.push((await stat(join(folder, name))).size);
    await bucket.uploadFile(`${meta.ulid}/${name}`, join(folder, name));
  }
  const labels = [...(options.externalLabels ?? [])].map(([name, value]) => [name, value] as const);
  const resolutionMs = options.resolutionMs ?? 0;
  const known = options.withoutFiles !== true;
  const thanos = {
    version: 1,
    labels: Object.fromEntries(labels),
    downsample: { resolution: resolutionMs },
    source: 'sidecar',
    ...(known ? { files: [...names, 'index'].map((name, i) => ({ rel_path: name, size_bytes: sizes[i] })) } : {}),
  };
  await bucket.upload(`${meta.ulid}/meta.json`, Buffer.from(JSON.stringify({ ...meta, thanos })));
  return {
    ulid: meta.ulid,
    mint: meta.minTime,
    maxt: meta.maxTime,
    resolutionMs,
    labels,
    seriesCount: meta.stats.numSeries,
    indexBytes: known ? sizes[names.length] : 0,
    segmentNames: known ? names : [],
    segmentBytes: known ? sizes.slice(0, names.length) : [],
  };
}
