import { readFileSync, rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrometheus } from '@tsanos/runtime/testing';
import { folderConfig } from '../src/golden-bucket.ts';
import { startPrometheus } from '../src/prometheus.ts';
import { REPOSITORY, startTsanos } from '../src/tsanos.ts';
import type { Runner } from './race.ts';
import { usageOf } from './usage.ts';

/** Ours and a real Prometheus on the same blocks. */
export interface Arena {
  /** `tsanos all`, Prometheus, and where asked for `tsanos query` before a `tsanos store`. */
  readonly runners: readonly Runner[];
  /** Prints versions and peak memory. */
  printUsage(): void;
  stop(): Promise<void>;
}

/** Writes blocks by `fill` into a bucket, gives Prometheus a copy, and starts both. Needs the real Prometheus that `npm test` fetches. */
export async function openArena(
  fill: (bucket: string) => Promise<void> | void,
  options: { twoProcesses?: boolean } = {},
): Promise<Arena> {
  const real = findPrometheus();
  if (real === undefined)
    throw new Error('no real Prometheus here: run `npm test` once, which fetches one by apt, or put one on PATH');
  const top = await mkdtemp(join(tmpdir(), 'tsanos-bench-'));
  const bucket = join(top, 'bucket');
  const prometheusDir = join(top, 'prometheus');
  await mkdir(bucket);
  await fill(bucket);
  await cp(bucket, join(prometheusDir, 'data'), { recursive: true });
  for (const block of await readdir(bucket)) await addThanosSection(join(bucket, block, 'meta.json'));
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.toReversed()) await one();
    rmSync(top, { recursive: true, force: true });
  };
  const start = async (command: string, args: readonly string[]) => {
    const running = await startTsanos(command, ['--log.level=warn', ...args]);
    stops.push(() => running.process.stop());
    return running;
  };
  try {
    const data = (name: string): string => `--data-dir=${join(top, name)}`;
    const all = await start('all', [folderConfig(bucket), data('all')]);
    const prometheus = await startPrometheus(real.prometheus, {
      externalLabels: {},
      dir: prometheusDir,
      flags: ['--storage.tsdb.retention.time=100y', '--log.level=warn'],
    });
    stops.push(() => prometheus.process.stop());
    const runners: Runner[] = [
      { name: 'tsanos all', url: all.http, pids: [all.process.pid] },
      { name: `prometheus ${real.version}`, url: prometheus.url, pids: [prometheus.process.pid] },
    ];
    if (options.twoProcesses === true) {
      const store = await start('store', [folderConfig(bucket), data('store')]);
      const query = await start('query', [`--endpoint=${store.grpc}`]);
      runners.push({ name: 'tsanos query + store', url: query.http, pids: [query.process.pid, store.process.pid] });
    }
    return { runners, stop, printUsage: () => printUsage(runners) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addThanosSection(path: string): Promise<void> {
  const meta = JSON.parse(await readFile(path, 'utf8')) as object;
  // No external labels: both sides then print the same.
  const thanos = { version: 1, labels: {}, downsample: { resolution: 0 }, source: 'sidecar' };
  await writeFile(path, JSON.stringify({ ...meta, thanos }));
}

function printUsage(runners: readonly Runner[]): void {
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string };
  console.info(`tsanos ${version}, Node ${process.version}, ${cpus().length} × ${cpus()[0].model}`);
  for (const { name, pids } of runners) {
    const used = pids.map(usageOf);
    const cpu = used.reduce((sum, { cpuS }) => sum + cpuS, 0);
    const main = used.reduce((sum, { mainS }) => sum + mainS, 0);
    console.info(
      `${name}: peak RSS ${used.map(({ peakMiB }) => `${peakMiB.toFixed(0)} MiB`).join(' + ')}, CPU ${cpu.toFixed(1)} s since the start, ` +
        `${((100 * main) / cpu).toFixed(0)} % of it on the main thread`,
    );
  }
}
