// `sum by (job) (rate(x[5m]))` over 500,000 series of two hours: peak memory of `tsanos all` must stay below 600 MB.
// npm run soak -- wide-sum [series]
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timedQuery } from '../bench/timed-query.ts';
import { usageOf } from '../bench/usage.ts';
import { wideBlock } from '../bench/wide-block.ts';
import { folderConfig } from '../src/golden-bucket.ts';
import { startTsanos } from '../src/tsanos.ts';

const SERIES = Number(process.argv[2] ?? 500_000);
const LIMIT_MB = 600;
const START_S = 1_764_201_600;
const top = await mkdtemp(join(tmpdir(), 'tsanos-wide-'));
const bucket = join(top, 'bucket');
wideBlock({ folder: bucket, startMs: START_S * 1000, hours: 2, series: SERIES });
for (const block of await readdir(bucket)) {
  const path = join(bucket, block, 'meta.json');
  const meta = JSON.parse(await readFile(path, 'utf8')) as object;
  const thanos = { version: 1, labels: {}, downsample: { resolution: 0 }, source: 'sidecar' };
  await writeFile(path, JSON.stringify({ ...meta, thanos }));
}
const running = await startTsanos('all', ['--log.level=warn', folderConfig(bucket), `--data-dir=${join(top, 'data')}`]);
try {
  const idleMB = usageOf(running.process.pid).peakMiB * 1.048576;
  const query = 'sum by (job) (rate(wide_requests_total[5m]))';
  for (const stepS of [0, 60]) {
    const began = usageOf(running.process.pid).cpuS;
    const range = { startS: START_S + (stepS === 0 ? 7000 : 300), endS: START_S + 7140, stepS };
    const { seconds, bytes } = await timedQuery(running.http, { name: query, query, ...range });
    const { cpuS, peakMiB } = usageOf(running.process.pid);
    const what = stepS === 0 ? 'instant' : 'range of 2 h at 60 s';
    console.info(
      `${SERIES} series, ${what}: ${seconds.toFixed(2)} s, CPU ${(cpuS - began).toFixed(2)} s, ${bytes} bytes, ` +
        `peak RSS ${(peakMiB * 1.048576).toFixed(0)} MB (${idleMB.toFixed(0)} MB at the start)`,
    );
  }
  const peakMB = usageOf(running.process.pid).peakMiB * 1.048576;
  console.info(peakMB < LIMIT_MB ? `below ${LIMIT_MB} MB` : `NOT below ${LIMIT_MB} MB`);
  if (peakMB >= LIMIT_MB) process.exitCode = 1;
} finally {
  await running.process.stop();
  rmSync(top, { recursive: true, force: true });
}
