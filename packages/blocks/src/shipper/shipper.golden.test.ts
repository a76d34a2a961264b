import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentMetrics, type MetricsRegistry } from '@tsanos/bytes';
import { Labels } from '@tsanos/model';
import { goldenAvailable, goldenLines, goldenPath } from '@tsanos/model/testing';
import { FilesystemBucket } from '@tsanos/objstore';
import { afterAll, describe, expect, it } from 'vitest';
import { Shipper } from './shipper.ts';

interface Case {
  case: string;
  flags: string[];
  externalLabels: Record<string, string>;
  before: { files: string[]; 'thanos.shipper.json': string | null; bucket: string[] };
  exit: number | null;
  after: { 'thanos.shipper.json': string | null; bucketFiles: string[]; meta: Record<string, string> };
  metrics: Record<string, string>;
  log: Record<string, string>[];
}

function counting(values: Map<string, number>): MetricsRegistry {
  const cells = (name: string) => {
    values.set(name, 0);
    const cell = {
      inc: (by = 1) => void values.set(name, values.get(name)! + by),
      dec: () => {},
      set: (value: number) => void values.set(name, value),
    };
    return { labels: () => cell, reset: () => {} };
  };
  return { ...silentMetrics, counter: cells, gauge: cells };
}

const cases = goldenAvailable() ? goldenLines<Case>('thanos', 'shipper', 'shipper.jsonl.gz') : [];
const anyTime = (text: string): string => text.replace(/"upload_time": "2\d{3}-[^"]+Z"/, '"upload_time": "T"');

describe.skipIf(!goldenAvailable())('what Thanos uploads', () => {
  const folders: string[] = [];
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));
  it('all cases are there', () => expect(cases.length).toBe(11));

  // Without labels the sidecar ends before a shipper exists.
  it.each(cases.filter((c) => c.exit === null).map((c) => [c.case, c] as const))('%s', async (name, c) => {
    const root = await mkdtemp(join(tmpdir(), 'shipper-golden-'));
    folders.push(root);
    const dir = join(root, 'tsdb');
    await mkdir(dir);
    execFileSync('tar', ['xzf', goldenPath('thanos', 'shipper', 'tsdb.tar.gz'), '-C', dir]);
    if (c.before['thanos.shipper.json'] !== null)
      await writeFile(join(dir, 'thanos.shipper.json'), c.before['thanos.shipper.json']);
    if (name === 'empty-block') {
      const path = join(dir, '01KWH4ASEJW5GMF5CHTCKZN0S7', 'meta.json');
      const meta = JSON.parse(await readFile(path, 'utf8')) as object;
      await writeFile(path, JSON.stringify({ ...meta, stats: {} }));
    }
    const bucket = new FilesystemBucket(join(root, 'bucket'));
    for (const object of c.before.bucket) await bucket.upload(object, Buffer.from(c.after.meta[object]));
    const values = new Map<string, number>();
    const labels = Labels.from(c.externalLabels);
    const errors: string[] = [];
    const shipper = new Shipper({
      dir,
      bucket,
      labels: () => labels,
      source: 'sidecar',
      metrics: counting(values),
      uploadCompacted: () => c.flags.includes('--shipper.upload-compacted'),
      allowOutOfOrderUploads: c.flags.includes('--shipper.allow-out-of-order-uploads'),
      hashFunc: c.flags.includes('--hash-func=SHA256') ? 'SHA256' : '',
    });
    await shipper.sync().catch((error: Error) => errors.push(error.message));
    const objects: string[] = [];
    for await (const entry of bucket.list('', { recursive: true })) objects.push(entry.name);
    expect(objects).toEqual(c.after.bucketFiles);
    for (const [object, text] of Object.entries(c.after.meta)) {
      expect(anyTime(Buffer.from(await bucket.get(object)).toString()), object).toBe(anyTime(text));
    }
    expect(await readFile(join(dir, 'thanos.shipper.json'), 'utf8').catch(() => null)).toBe(
      c.after['thanos.shipper.json'],
    );
    expect(await readdir(join(dir, 'thanos', 'upload')).catch(() => [])).toEqual([]);
    expect(Object.fromEntries([...values].map(([key, value]) => [key, String(value)]))).toEqual(c.metrics);
    expect(errors).toEqual(c.log.filter((line) => 'uploaded' in line).map((line) => line['err']));
  });
});
