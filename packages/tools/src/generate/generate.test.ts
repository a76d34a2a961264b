import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@tsanos/bytes';
import { createMatcher, isStaleAt, SampleColumns, type Matcher } from '@tsanos/model';
import { OptionValues } from '@tsanos/runtime';
import { RawReader } from '@tsanos/series';
import { toSeries } from '@tsanos/series/testing';
import { Block } from '@tsanos/tsdb';
import { afterAll, describe, expect, it } from 'vitest';
import { GENERATE_OPTIONS } from '../options.ts';
import { benchBlock } from './bench-block.ts';
import { planBlocks } from './block-plan.ts';
import { generateBucket } from './generate-bucket.ts';
import { generateBlocks, type GeneratedBlock } from './generate-blocks.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tsanos-generate-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const HOUR = 3_600_000;
const END = 1_700_001_234_567;

/** The samples of every matching series, by the text of its labels. */
async function read(
  folder: string,
  blocks: readonly GeneratedBlock[],
  matchers: Matcher[],
): Promise<Map<string, SampleColumns>> {
  const found = new Map<string, SampleColumns>();
  const reader = new RawReader();
  for (const { meta } of blocks) {
    const block = await Block.open(join(folder, meta.ulid));
    for await (const batch of block.select(matchers, -Infinity, Infinity)) {
      const keys = toSeries(batch).map((series) => JSON.stringify(series.labels));
      for (const [i, key] of keys.entries()) {
        const columns = found.get(key) ?? new SampleColumns();
        found.set(key, columns);
        reader.read(batch, i, i + 1, -Infinity, Infinity, columns);
      }
    }
    block.close();
  }
  return found;
}

describe('generated blocks', () => {
  const folder = join(scratch, 'blocks');
  const options = { endMs: END, series: 150, days: 0.5, seed: 7 };
  const made = generateBlocks({ ...options, folder });

  it('are the same for the same seed and end', async () => {
    const again = join(scratch, 'again');
    const blocks = await generateBlocks({ ...options, folder: again });
    const first = await made;
    expect(blocks.length).toBe(first.length);
    for (const [i, { meta }] of blocks.entries()) {
      expect(meta).toEqual(first[i].meta);
      for (const file of ['index', 'chunks/000001', 'meta.json']) {
        expect(readFileSync(join(again, meta.ulid, file)).equals(readFileSync(join(folder, meta.ulid, file)))).toBe(
          true,
        );
      }
    }
    const other = await generateBlocks({ ...options, seed: 8, folder: join(scratch, 'other') });
    expect(other[0].meta.ulid).not.toBe(first[0].meta.ulid);
  });

  it('have two replicas that see the same counters, up to the end', async () => {
    const blocks = await made;
    const sets = new Set(blocks.map(({ labels }) => labels.get('replica')));
    expect(sets.size).toBe(2);
    const totals: number[] = [];
    for (const replica of sets) {
      const own = blocks.filter(({ labels }) => labels.get('replica') === replica);
      expect(Math.max(...own.map(({ meta }) => meta.maxTime))).toBe(END);
      const series = await read(folder, own, [
        createMatcher('=', '__name__', 'http_requests_total'),
        createMatcher('=', 'code', '200'),
      ]);
      expect(series.size).toBeGreaterThan(5);
      let increase = 0;
      let last = 0;
      for (const columns of series.values()) {
        last = Math.max(last, columns.t[columns.n - 1]);
        for (let i = 1; i < columns.n; i++) {
          expect(columns.t[i]).toBeGreaterThan(columns.t[i - 1]);
          if (isStaleAt(columns.w, i) || isStaleAt(columns.w, i - 1)) continue;
          const step = columns.v[i] - columns.v[i - 1];
          expect(step).toBeGreaterThanOrEqual(0);
          increase += step;
        }
      }
      expect(last).toBeGreaterThan(END - 60_000);
      totals.push(increase);
    }
    expect(Math.abs(totals[0] - totals[1])).toBeLessThan(0.1 * totals[0]);
    expect(totals[0]).toBeGreaterThan(1000);
  });

  it('have buckets that never fall with le', async () => {
    const [block] = await made;
    const series = await read(
      folder,
      [block],
      [
        createMatcher('=', '__name__', 'http_request_duration_seconds_bucket'),
        createMatcher('=~', 'le', '0.5|1|[+]Inf'),
      ],
    );
    expect(series.size).toBeGreaterThan(5);
    for (const [key, columns] of series) {
      if (!key.includes('"0.5"')) continue;
      const infinite = series.get(key.replace('"0.5"', '"+Inf"'));
      expect(infinite?.n).toBe(columns.n);
      for (let i = 0; i < columns.n; i++)
        if (!isStaleAt(columns.w, i)) expect(columns.v[i]).toBeLessThanOrEqual(infinite?.v[i] ?? -1);
    }
  });

  it('have native histograms that count what the counters count', async () => {
    const [block] = await made;
    const of = (name: string) =>
      read(
        folder,
        [block],
        [
          createMatcher('=', '__name__', name),
          createMatcher('=~', 'handler', '.*items'),
          createMatcher('=', 'job', 'api'),
        ],
      );
    const histograms = [...(await of('http_request_latency_seconds')).values()];
    const counts = [...(await of('http_request_duration_seconds_count')).values()];
    expect(histograms.length).toBeGreaterThan(0);
    histograms.forEach((columns, k) => {
      expect(columns.n).toBe(counts[k].n);
      for (let i = 0; i < columns.n; i += 50) {
        if (isStaleAt(columns.w, i)) continue;
        const difference = counts[k].v[i] - (columns.h?.[i]?.count ?? -1);
        expect(difference).toBeGreaterThanOrEqual(0);
        expect(difference).toBeLessThan(20);
      }
    });
  });

  it('carry what a store looks for in meta.json', async () => {
    const [{ meta, labels }] = await made;
    const thanos = meta.extra?.thanos as {
      labels: unknown;
      files: { rel_path: string; size_bytes?: number }[];
      segment_files: string[];
    };
    expect(thanos.labels).toEqual(labels.toJSON());
    expect(thanos.segment_files).toEqual(['000001']);
    expect(thanos.files.map((file) => file.rel_path)).toEqual(['chunks/000001', 'index', 'meta.json']);
    expect(thanos.files[1].size_bytes).toBe(readFileSync(join(folder, meta.ulid, 'index')).length);
  });
});

describe('tsanos tools bucket generate', () => {
  it('fills a bucket with whole blocks', async () => {
    const bucket = join(scratch, 'bucket');
    const values = OptionValues.of(GENERATE_OPTIONS, {
      'objstore.config': `{type: FILESYSTEM, config: {directory: ${JSON.stringify(bucket)}}}`,
      series: '200',
      days: '0.2',
      histograms: 'false',
      end: '2026-01-02T03:04:05Z',
    });
    await generateBucket(values as OptionValues, silentLogger, new AbortController().signal);
    const ulids = readdirSync(bucket);
    expect(ulids.length).toBeGreaterThan(4);
    const names = new Set<string>();
    let maxTime = 0;
    for (const ulid of ulids) {
      const block = await Block.open(join(bucket, ulid));
      for (const name of block.index.labelValues('__name__')) names.add(name);
      maxTime = Math.max(maxTime, block.meta.maxTime);
      block.close();
    }
    expect(maxTime).toBe(Date.parse('2026-01-02T03:04:05Z'));
    expect(names).toContain('http_requests_total');
    expect(names).not.toContain('http_request_duration_seconds_bucket');
  });
});

describe('block plan', () => {
  it.each([0.1, 0.5, 1, 3, 7, 30])('covers %s days without gap or overlap, the old in large blocks', (days) => {
    const start = END - days * 24 * HOUR;
    const blocks = planBlocks(start, END);
    expect(blocks[0].fromMs).toBe(start);
    expect(blocks.at(-1)?.toMs).toBe(END);
    blocks.forEach((block, i) => {
      if (i > 0) expect(block.fromMs).toBe(blocks[i - 1].toMs);
      const range = [2, 8, 48][block.level - 1] * HOUR;
      expect(Math.floor(block.fromMs / range)).toBe(Math.floor((block.toMs - 1) / range));
    });
    expect(blocks.length).toBeLessThan(20 + days);
  });
});

describe('bench block', () => {
  it('has the asked series and samples', async () => {
    const folder = join(scratch, 'bench');
    const meta = benchBlock({ folder, endMs: 1_700_006_400_000, series: 20, hours: 2 });
    expect(meta.stats).toMatchObject({ numSeries: 40, numSamples: 40 * 480, numChunks: 160 });
    const block = await Block.open(join(folder, meta.ulid));
    let count = 0;
    for await (const batch of block.select(
      [createMatcher('=', '__name__', 'bench_requests_total')],
      meta.minTime,
      meta.maxTime,
    ))
      count += batch.count;
    expect(count).toBe(20);
    expect(block.index.labelNames().length).toBe(8);
    block.close();
  });
});
