// A block of 200,000 series behind `tsanos all`: what the start reads, how long `count({__name__=~".+"})` takes first and then, and what memory it costs. The
// ratio is that of the first query to the second. node e2e/store-wide.bench.ts [series]
import { readdirSync, rmSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BENCH_START_MS, benchBucket } from './src/bench-bucket.ts';
import { folderConfig } from './src/golden-bucket.ts';
import { cpuSeconds, metricValue, peakMiB, residentMiB } from './src/process-figures.ts';
import { rows } from './src/query.ts';
import { startTsanos } from './src/tsanos.ts';

const SERIES = Number(process.argv[2] ?? 200_000);

const bucket = await benchBucket({ series: SERIES, chunks: 4 });
const data = await mkdtemp(join(tmpdir(), 'tsanos-bench-data-'));
const all = await startTsanos('all', [folderConfig(bucket), `--data-dir=${data}`, '--log.level=warn']);
const { pid } = all.process;
const fetched = (): Promise<number> => metricValue(all.http, 'thanos_objstore_bucket_operation_fetched_bytes_total');
try {
  const index = statSync(join(bucket, readdirSync(bucket)[0], 'index')).size;
  const atStart = await fetched();
  console.info(
    `start fetches ${Math.round(atStart / 1024)} KiB; index has ${Math.round(index / 1024)} KiB; RSS ${Math.round(residentMiB(pid))} MiB`,
  );
  const seconds: number[] = [];
  for (let run = 0; run < 5; run++) {
    const cpu = cpuSeconds(pid);
    const before = await fetched();
    const began = performance.now();
    const time = String(BENCH_START_MS / 1000 + 7000);
    const [row] = await rows(all.http, 'query', { query: 'count({__name__=~".+"})', time });
    seconds.push((performance.now() - began) / 1000);
    if (row.value?.[1] !== String(SERIES)) throw new Error(`counted ${row.value?.[1]}`);
    console.info(
      `query ${run + 1}: ${seconds[run].toFixed(2)} s, CPU ${(cpuSeconds(pid) - cpu).toFixed(2)} s, fetches ${Math.round(((await fetched()) - before) / 1024)} KiB, peak RSS ${Math.round(peakMiB(pid))} MiB`,
    );
  }
  console.info(`first / second: ${(seconds[0] / seconds[1]).toFixed(2)}x`);
} finally {
  await all.process.stop();
  rmSync(bucket, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
}
