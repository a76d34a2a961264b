import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeLabels, SampleColumns } from '@tsanos/model';
import { Encoding, encodeXor } from '@tsanos/series';
import { BlockWriter } from '@tsanos/tsdb';

/** When the data of a bench bucket begins, ms. */
export const BENCH_START_MS = 1_764_000_000_000;
const STEP_MS = 15_000;
const CHUNK_SAMPLES = 120;
/** Different chunk bodies; series take one after the other. */
const BODIES = 97;

export interface BenchBucketOptions {
  readonly series: number;
  /** Of 120 samples at 15 s. */
  readonly chunks: number;
  /** Gauges of full precision (about eight bytes a sample) in place of counters (about two). */
  readonly wide?: boolean;
}

/** A folder that is a bucket of one block with external labels, its series of eight labels each. */
export async function benchBucket({ series, chunks, wide = false }: BenchBucketOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tsanos-bench-bucket-'));
  const writer = new BlockWriter(folder, { tombstones: false });
  const bodies = Array.from({ length: BODIES }, (_, seed) => bodiesOf(seed, chunks, wide));
  for (let i = 0; i < series; i++) writer.addSeries(labelsOf(i), bodies[i % BODIES]);
  const meta = writer.finish({ minTime: BENCH_START_MS, maxTime: BENCH_START_MS + chunks * CHUNK_SAMPLES * STEP_MS });
  if (meta === undefined) throw new RangeError('a bench bucket needs a series');
  await addThanosSection(join(folder, meta.ulid));
  return folder;
}

function labelsOf(i: number): Uint8Array {
  return encodeLabels([
    ['__name__', 'http_requests_total'],
    ['code', '200'],
    ['handler', '/api/v1/query_range'],
    ['instance', `host-${String(i).padStart(7, '0')}:9100`],
    ['job', 'api'],
    ['method', 'GET'],
  ]);
}

function bodiesOf(seed: number, chunks: number, wide: boolean) {
  return Array.from({ length: chunks }, (_, c) => {
    const columns = new SampleColumns(CHUNK_SAMPLES);
    const start = BENCH_START_MS + c * CHUNK_SAMPLES * STEP_MS;
    for (let k = 0; k < CHUNK_SAMPLES; k++) {
      columns.t[k] = start + k * STEP_MS + ((k * 7 + seed) % 5 === 0 ? seed % 10 : 0);
      const n = (c * CHUNK_SAMPLES + k) * (1 + (seed % 7)) + ((k * seed) % 11);
      columns.v[k] = wide ? Math.sin(n) : n;
    }
    const bytes = encodeXor(columns.t, columns.w, 0, CHUNK_SAMPLES);
    return {
      mint: columns.t[0],
      maxt: columns.t[CHUNK_SAMPLES - 1],
      encoding: Encoding.XOR,
      bytes,
      offset: 0,
      length: bytes.length,
    };
  });
}

async function addThanosSection(block: string): Promise<void> {
  const path = join(block, 'meta.json');
  const meta = JSON.parse(await readFile(path, 'utf8')) as object;
  const names = (await readdir(join(block, 'chunks'))).sort().map((name) => `chunks/${name}`);
  const files = await Promise.all(
    [...names, 'index'].map(async (name) => ({ rel_path: name, size_bytes: (await stat(join(block, name))).size })),
  );
  const labels = { cluster: 'eu', replica: 'a' };
  const thanos = {
    version: 1,
    labels,
    downsample: { resolution: 0 },
    source: 'sidecar',
    files: [...files, { rel_path: 'meta.json' }],
  };
  await writeFile(path, JSON.stringify({ ...meta, thanos }));
}
