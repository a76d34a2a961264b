// Series stream of a block of 100,000 series with four chunks each out of `tsanos store` over loopback, at one and at 64 series a
// message. The reference of the same run is a bare pipe: a process that writes as many bytes to a socket as fast as this one reads them.
// node e2e/store-stream.bench.ts [series] [runs]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Channel } from '@tsanos/rpc';
import { benchBucket } from './src/bench-bucket.ts';
import { folderConfig } from './src/golden-bucket.ts';
import { cpuSeconds, peakMiB } from './src/process-figures.ts';
import { countSeries, seriesRequestBytes } from './src/series-client.ts';
import { startTsanos } from './src/tsanos.ts';

const SERIES = Number(process.argv[2] ?? 100_000);
const RUNS = Number(process.argv[3] ?? 7);

/** Seconds in which a bare process sends so many bytes over loopback to this one. */
async function pipeSeconds(bytes: number): Promise<number> {
  const child = spawn(process.execPath, ['-e', PIPE, String(bytes)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const socket = connect(Number(port), '127.0.0.1');
  const began = performance.now();
  socket.on('data', () => {});
  await once(socket, 'close');
  return (performance.now() - began) / 1000;
}

const PIPE = `
  const block = Buffer.alloc(1 << 17, 1);
  const server = require('node:net').createServer((socket) => {
    let left = Number(process.argv[1]);
    const more = () => {
      while (left > 0) {
        left -= block.length;
        if (!socket.write(block)) return socket.once('drain', more);
      }
      socket.end();
      server.close();
    };
    more();
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

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
    const ratios: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const before = cpuSeconds(store.process.pid);
      const { series, bytes, seconds } = await countSeries(channel, request);
      if (series !== SERIES) throw new Error(`${series} of ${SERIES} series arrived`);
      if (run === 0) {
        console.info(`${batchSize} a message, first: ${Math.round(series / seconds).toLocaleString('en')} series/s`);
        continue;
      }
      rates.push(series / seconds);
      cpus.push(cpuSeconds(store.process.pid) - before);
      ratios.push(seconds / (await pipeSeconds(bytes)));
    }
    console.info(
      `${batchSize} a message: ${Math.round(median(rates)).toLocaleString('en')} series/s, server CPU ${median(cpus).toFixed(2)} s; ` +
        `${median(ratios).toFixed(1)}x the time of a bare pipe; peak RSS ${Math.round(peakMiB(store.process.pid))} MiB`,
    );
  }
} finally {
  channel.close();
  await store.process.stop();
  rmSync(bucket, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
}
