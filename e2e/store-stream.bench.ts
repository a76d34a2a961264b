// Series stream of a block of 100,000 series with four chunks each out of `tsanos store` over loopback, at one and at 64 series a
// message. The reference of the same run is `memcpy`: how fast this machine copies the bytes of the answer.
// node e2e/store-stream.bench.ts [series] [runs]
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Channel } from '@tsanos/rpc';
import { benchBucket } from './src/bench-bucket.ts';
import { folderConfig } from './src/golden-bucket.ts';
import { countSeries, seriesRequestBytes } from './src/series-client.ts';
import { startTsanos } from './src/tsanos.ts';

const SERIES = Number(process.argv[2] ?? 100_000);
const RUNS = Number(process.argv[3] ?? 7);

/** CPU seconds and peak memory of a process, from Linux' /proc. */
function usage(pid: number): { cpu: number; peakMiB: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { cpu: (Number(stat[11]) + Number(stat[12])) / 100, peakMiB: Number(peak?.[1] ?? 0) / 1024 };
}

/** Seconds to copy so many bytes in pieces of a megabyte. */
function copySeconds(bytes: number): number {
  const from = Buffer.alloc(1 << 20, 1);
  const to = Buffer.alloc(1 << 20);
  const began = performance.now();
  for (let left = bytes; left > 0; left -= from.length) to.set(from);
  return (performance.now() - began) / 1000;
}

const median = (list: number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1];

const bucket = await benchBucket({ series: SERIES, chunks: 4, wide: process.argv.includes('--wide') });
const data = await mkdtemp(join(tmpdir(), 'tsanos-bench-data-'));
const store = await startTsanos('store', [folderConfig(bucket), `--data-dir=${data}`, '--log.level=warn']);
const channel = new Channel(store.grpc);
try {
  for (const batchSize of [1, 64]) {
    const request = seriesRequestBytes(batchSize);
    const rates: number[] = [];
    const cpus: number[] = [];
    const copies: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const before = usage(store.process.pid).cpu;
      const { series, bytes, seconds } = await countSeries(channel, request);
      if (series !== SERIES) throw new Error(`${series} of ${SERIES} series arrived`);
      if (run === 0) {
        console.info(`${batchSize} a message, first: ${Math.round(series / seconds).toLocaleString('en')} series/s`);
        continue;
      }
      rates.push(series / seconds);
      cpus.push(usage(store.process.pid).cpu - before);
      copies.push(seconds / copySeconds(bytes));
    }
    console.info(
      `${batchSize} a message: ${Math.round(median(rates)).toLocaleString('en')} series/s, server CPU ${median(cpus).toFixed(2)} s; ` +
        `${median(copies).toFixed(1)}x the time of copying the bytes; peak RSS ${Math.round(usage(store.process.pid).peakMiB)} MiB`,
    );
  }
} finally {
  channel.close();
  await store.process.stop();
  rmSync(bucket, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
}
