import { emptyMeta, encodeMeta, sortedLabels, type Meta } from '../meta/meta.ts';
import type { Bucket } from '@tsanos/objstore';

/** A meta.json for tests: what is not given is as of a sidecar's level 1 block. */
export function fakeMeta(
  ulid: string,
  given: {
    minTime?: number;
    maxTime?: number;
    labels?: Record<string, string>;
    resolution?: number;
    sources?: string[];
    level?: number;
    source?: string;
    uploadTime?: string;
  } = {},
): Meta {
  const meta = emptyMeta();
  return {
    ...meta,
    ulid,
    minTime: given.minTime ?? 0,
    maxTime: given.maxTime ?? 7_200_000,
    stats: { ...meta.stats, numSamples: 1, numSeries: 1, numChunks: 1 },
    compaction: { ...meta.compaction, level: given.level ?? 1, sources: given.sources ?? [ulid] },
    thanos: {
      ...meta.thanos,
      labels: sortedLabels(Object.entries(given.labels ?? { cluster: 'a' })),
      downsample: { resolution: given.resolution ?? 0 },
      source: given.source ?? 'sidecar',
      upload_time: given.uploadTime ?? meta.thanos.upload_time,
    },
  };
}

/** Puts a meta.json into a bucket. */
export async function putMeta(bucket: Bucket, meta: Meta): Promise<void> {
  await bucket.upload(`${meta.ulid}/meta.json`, encodeMeta(meta));
}
