import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Labels } from '@tsanos/model';
import type { BlockFiles } from '@tsanos/tsdb';

/** The `thanos` key of meta.json of a raw block that lies complete in a folder, as a shipper fills it in. */
export function thanosSection({ folder }: BlockFiles, labels: Labels, uploadTime: Date): Record<string, unknown> {
  const segments = readdirSync(join(folder, 'chunks')).sort();
  const sizeOf = (path: string): number => statSync(join(folder, path)).size;
  const files = [...segments.map((name) => `chunks/${name}`), 'index'].map((path) => ({
    rel_path: path,
    size_bytes: sizeOf(path),
  }));
  return {
    thanos: {
      labels: labels.toJSON(),
      downsample: { resolution: 0 },
      source: 'sidecar',
      segment_files: segments,
      files: [...files, { rel_path: 'meta.json' }],
      index_stats: {},
      upload_time: uploadTime.toISOString(),
    },
  };
}
