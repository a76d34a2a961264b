import { execFile } from 'node:child_process';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { goldenAvailable, goldenPath } from '@tsanos/model/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderConfig } from './src/golden-bucket.ts';
import { api } from './src/query.ts';
import { startTsanos, type RunningTsanos } from './src/tsanos.ts';

describe.skipIf(!goldenAvailable())('a bucket that Thanos has downsampled', () => {
  let all: RunningTsanos;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tsanos-downsampled-'));
    await promisify(execFile)('tar', ['-xzf', goldenPath('thanos', 'compact', 'plain.tar.gz'), '-C', folder]);
    const entries = await readdir(folder);
    const bucket = entries.some((name) => /^[0-9A-Z]{26}$/.test(name)) ? folder : join(folder, entries[0]);
    all = await startTsanos('all', [folderConfig(bucket), '--query.replica-label=replica']);
  });
  afterAll(() => all?.process.stop());

  const week = (extra: Record<string, string>) =>
    api(all.http, 'query_range', {
      query: 'count({__name__=~".+", cluster="eu-1"})',
      start: '2026-07-05T00:00:00Z',
      end: '2026-07-12T00:00:00Z',
      step: '6h',
      ...extra,
    });

  it('says so when it chose the resolution, and only then', async () => {
    const auto = await week({ max_source_resolution: 'auto' });
    expect([auto.status, auto.body.error]).toEqual([200, undefined]);
    expect(auto.body.data?.result.length).toBeGreaterThan(0);
    expect(auto.body.infos?.join()).toContain('downsampled data was used, of a resolution of up to 1h');
    const raw = await week({ max_source_resolution: '0s' });
    expect(raw.body.infos?.join() ?? '').not.toContain('downsampled');
    const asked = await week({ max_source_resolution: '1h' });
    expect(asked.body.infos?.join() ?? '').not.toContain('downsampled');
    expect(asked.body.data?.result.length).toBe(auto.body.data?.result.length);
  });
});
