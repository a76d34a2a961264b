import { encodeLabels, SampleColumns } from '@tsanos/model';
import { Encoding, encodeXor } from '@tsanos/series';
import { BlockWriter, type BlockChunk, type BlockMeta } from '@tsanos/tsdb';
import { fraction, mix } from './random.ts';
import { CHUNK_SAMPLES } from './series-writer.ts';

export interface BenchBlockOptions {
  readonly folder: string;
  /** End of the data in ms, excluded. */
  readonly endMs: number;
  /** So many counters `bench_requests_total` and as many gauges `bench_load`. */
  readonly series?: number;
  readonly hours?: number;
  readonly intervalMs?: number;
  readonly seed?: number;
  /** Whether some scrapes are up to 10 ms late. */
  readonly jitter?: boolean;
}

const METRICS = ['bench_load', 'bench_requests_total'] as const;

/**
 * The block that benchmarks use: counters that restart about every thousand samples and gauges that walk at random with two decimals,
 * with 8 labels each; one block of any length. The same options give the same samples.
 */
export function benchBlock(options: BenchBlockOptions): BlockMeta {
  const { series = 1000, hours = 24, intervalMs = 15_000, seed = 1, endMs } = options;
  const startMs = endMs - hours * 3_600_000;
  const count = Math.floor((endMs - 1 - startMs) / intervalMs) + 1;
  const columns = new SampleColumns(count);
  const writer = new BlockWriter(options.folder);
  const rows = METRICS.flatMap((name) =>
    Array.from({ length: series }, (_, i) => ({ name, i, labels: benchLabels(name, i) })),
  );
  rows.sort((a, b) => Buffer.compare(a.labels, b.labels));
  for (const { name, i, labels } of rows) {
    const own = mix(seed, i, name.length);
    fillTimes(columns, startMs, intervalMs, count, options.jitter === false ? 0 : own);
    if (name === 'bench_load') fillGauge(columns, own);
    else fillCounter(columns, own);
    writer.addSeries(labels, cut(columns));
  }
  const meta = writer.finish({ minTime: startMs, maxTime: endMs });
  if (meta === undefined) throw new RangeError('a bench block needs at least one series and one sample');
  return meta;
}

/** Eight labels; all values of a kind are equally long, so that bytes sort as label sets do. */
function benchLabels(name: string, i: number): Uint8Array {
  const two = (n: number): string => String(n).padStart(2, '0');
  return encodeLabels([
    ['__name__', name],
    ['cluster', `eu-${i % 2}`],
    ['code', ['200', '404', '500'][i % 3]],
    ['handler', `/api/v1/${two(i % 20)}`],
    ['instance', `10.0.${two(Math.floor(i / 100) % 100)}.${two(i % 100)}:8080`],
    ['job', `job-${two(i % 10)}`],
    ['method', ['GETS', 'POST'][i % 2]],
    ['pod', `pod-${String(i).padStart(6, '0')}`],
  ]);
}

function fillTimes(
  columns: SampleColumns,
  startMs: number,
  intervalMs: number,
  count: number,
  jitterSeed: number,
): void {
  for (let k = 0; k < count; k++) {
    const late = jitterSeed !== 0 && fraction(jitterSeed, k) < 0.2 ? Math.floor(10 * fraction(jitterSeed, k, 1)) : 0;
    columns.t[k] = startMs + k * intervalMs + late;
  }
  columns.n = count;
}

function fillCounter(columns: SampleColumns, seed: number): void {
  let value = mix(seed, 9) % 100_000;
  for (let k = 0; k < columns.n; k++) {
    const roll = mix(seed, k, 2);
    value = roll % 1000 === 0 ? 0 : value + (roll % 100);
    columns.v[k] = value;
  }
}

function fillGauge(columns: SampleColumns, seed: number): void {
  let cents = 5000;
  for (let k = 0; k < columns.n; k++) {
    cents = Math.max(0, cents + (mix(seed, k, 3) % 201) - 100);
    columns.v[k] = cents / 100;
  }
}

function cut({ t, w, n }: SampleColumns): BlockChunk[] {
  const chunks: BlockChunk[] = [];
  for (let from = 0; from < n; from += CHUNK_SAMPLES) {
    const to = Math.min(n, from + CHUNK_SAMPLES);
    const bytes = encodeXor(t, w, from, to);
    chunks.push({ mint: t[from], maxt: t[to - 1], encoding: Encoding.XOR, bytes, offset: 0, length: bytes.length });
  }
  return chunks;
}
