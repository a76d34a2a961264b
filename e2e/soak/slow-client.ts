// A client that reads 1 MB/s of an answer of 500 MB: the store's memory must grow by less than 64 MB and its GETs pause; then it closes, which must
// free the call within 50 ms. npm run soak -- slow-client [seconds] [MB of the answer]
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Channel } from '@tsanos/rpc';
import { benchBucket } from '../src/bench-bucket.ts';
import { folderConfig } from '../src/golden-bucket.ts';
import { metricValue, residentMiB } from '../src/process-figures.ts';
import { countSeries, seriesRequestBytes } from '../src/series-client.ts';
import { startTsanos } from '../src/tsanos.ts';

const SECONDS = Number(process.argv[2] ?? 60);
const ANSWER_MB = Number(process.argv[3] ?? 500);
const BYTES_PER_SECOND = 1_000_000;
/** Bytes of four chunks of full precision with their labels. */
const SERIES_BYTES = 4300;

const bucket = await benchBucket({ series: Math.ceil((ANSWER_MB * 1e6) / SERIES_BYTES), chunks: 4, wide: true });
const data = await mkdtemp(join(tmpdir(), 'tsanos-soak-data-'));
const store = await startTsanos('store', [folderConfig(bucket), `--data-dir=${data}`, '--engine.workers=1']);
const fetched = (): Promise<number> =>
  metricValue(store.http, 'thanos_objstore_bucket_operation_fetched_bytes_total', 'operation="get_range"');
const inFlight = (): Promise<number> => metricValue(store.http, 'thanos_bucket_store_series_gate_queries_in_flight');
const failures: string[] = [];
const check = (what: string, good: boolean): void => {
  console.info(`${good ? 'good' : 'BAD '} ${what}`);
  if (!good) failures.push(what);
};
try {
  const warm = new Channel(store.grpc);
  await countSeries(warm, seriesRequestBytes(1));
  warm.close();
  await sleep(1000);
  const rss = residentMiB(store.process.pid);
  const atStart = await fetched();
  const channel = new Channel(store.grpc);
  const began = performance.now();
  let read = 0;
  const slow = countSeries(channel, seriesRequestBytes(1), async (bytes) => {
    read += bytes;
    await sleep(Math.max(0, (read / BYTES_PER_SECOND) * 1000 - (performance.now() - began)));
  });
  slow.catch(() => {});
  let most = 0;
  for (let second = 0; second < SECONDS; second++) {
    await sleep(1000);
    most = Math.max(most, residentMiB(store.process.pid) - rss);
  }
  const ahead = ((await fetched()) - atStart - read) / 1e6;
  check(`memory grew by ${most.toFixed(0)} MiB at most (< 64)`, most < 64);
  check(
    `GETs are ${ahead.toFixed(0)} MB ahead of the reader, who read ${(read / 1e6).toFixed(0)} MB (< 96)`,
    ahead < 96,
  );
  const closed = performance.now();
  channel.close();
  let looks = 0;
  while ((await inFlight()) > 0 && performance.now() - closed < 10_000) looks++;
  const ms = performance.now() - closed;
  check(`the call was gone ${ms.toFixed(0)} ms after closing, at look ${looks + 1} (< 50)`, ms < 50 || looks === 0);
} finally {
  await store.process.stop();
  rmSync(bucket, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
}
if (failures.length > 0) process.exitCode = 1;
