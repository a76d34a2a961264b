// Series over loopback between two processes, 100,000 series of four chunks, at one and at 64 series a message: our rpc at both
// ends against grpc-js at both ends, alternating, with the same bytes. node packages/storeapi/src/series-stream.bench.ts [series]
import { fork } from 'node:child_process';
import * as grpc from '@grpc/grpc-js';
import { createMatcher } from '@tsanos/model';
import { blockMessage, Channel, FrameReader, FrameWriter, RpcServer, type MessageBlock } from '@tsanos/rpc';
import { SeriesBatchBuilder, type SeriesBatch, type SeriesRequest, type SeriesSource } from '@tsanos/series';
import { seriesRequestToWire } from './convert.ts';
import { codecs } from './proto/codecs.ts';
import { SeriesDecoder } from './series-decoder.ts';
import { SeriesFrameWriter } from './series-frame-writer.ts';
import { storeService } from './store-service.ts';

const SERIES = Number(process.env.BENCH_SERVER ?? process.argv[2] ?? 100_000);
const RUNS = Number(process.argv[3] ?? 3);
const CHUNKS = 4;
const CHUNK_BYTES = 215;
const PATH = '/thanos.Store/Series';
const PLAIN = '/bench.Plain/Series';
const identity = (b: Buffer): Buffer => b;

/** Series as a block reader gives them: labels and chunks in a few buffers. */
function batches(): SeriesBatch[] {
  const list: SeriesBatch[] = [];
  for (let from = 0; from < SERIES; from += 1000) {
    const builder = new SeriesBatchBuilder();
    const chunks = Buffer.alloc(1000 * CHUNKS * CHUNK_BYTES, (from / 1000) & 0xff);
    const labels: Buffer[] = [];
    let at = 0;
    for (let i = from; i < Math.min(SERIES, from + 1000); i++) {
      for (const [name, value] of [
        ['__name__', 'http_requests_total'],
        ['cluster', 'eu1'],
        ['handler', '/api/v1/query_range'],
        ['instance', `host-${String(i).padStart(7, '0')}:9100`],
        ['job', 'api'],
        ['method', 'GET'],
        ['replica', 'a'],
        ['status', '200'],
      ]) {
        labels.push(
          Buffer.from([0x0a, name.length + value.length + 4, 0x0a, name.length]),
          Buffer.from(name),
          Buffer.from([0x12, value.length]),
          Buffer.from(value),
        );
      }
    }
    const bytes = Buffer.concat(labels);
    const size = bytes.length / Math.min(1000, SERIES - from);
    for (let i = 0; i < Math.min(1000, SERIES - from); i++) {
      builder.series(bytes, i * size, size);
      for (let c = 0; c < CHUNKS; c++, at += CHUNK_BYTES)
        builder.chunk(
          chunks,
          at,
          CHUNK_BYTES,
          1_700_000_000_000 + c * 1_800_000,
          1_700_001_785_000 + c * 1_800_000,
          1,
          0,
        );
    }
    list.push(builder.finish());
  }
  return list;
}

async function server(): Promise<void> {
  const data = batches();
  const source: SeriesSource = {
    async *series() {
      yield* data;
    },
    labelNames: () => Promise.resolve([]),
    labelValues: () => Promise.resolve([]),
  };
  const own = new RpcServer();
  own.register(storeService(source));
  const { port } = await own.listen('127.0.0.1:0');
  const plain = new grpc.Server({
    'grpc.max_send_message_length': -1,
    'grpc-node.flow_control_window': 4 * 1024 * 1024,
  });
  plain.addService(
    {
      Series: {
        path: PLAIN,
        requestStream: false,
        responseStream: true,
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: identity,
        responseDeserialize: identity,
      },
    },
    {
      Series: (call: grpc.ServerWritableStream<Buffer, Buffer>) => void plainSeries(call, data),
    },
  );
  const plainPort = await new Promise<number>((resolve, reject) =>
    plain.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, p) =>
      error === null ? resolve(p) : reject(error),
    ),
  );
  process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
  process.send?.({ port, plainPort });
}

/** The same messages through grpc-js. */
async function plainSeries(
  call: grpc.ServerWritableStream<Buffer, Buffer>,
  data: readonly SeriesBatch[],
): Promise<void> {
  const messages: MessageBlock[] = [];
  const reader = new FrameReader(undefined, 0x7fffffff);
  const frames = new FrameWriter(undefined, (block) => reader.push(block, messages));
  const writer = new SeriesFrameWriter(frames, codecs.seriesRequest.decode(call.request).response_batch_size);
  for (const batch of data) {
    writer.write(batch);
    frames.flush();
    for (const block of messages.splice(0)) {
      for (let i = 0; i < block.ranges.length / 2; i++) {
        if (!call.write(Buffer.from(blockMessage(block, i))))
          await new Promise((resolve) => call.once('drain', resolve));
      }
    }
  }
  writer.flush();
  frames.flush();
  for (const block of messages.splice(0))
    for (let i = 0; i < block.ranges.length / 2; i++) call.write(Buffer.from(blockMessage(block, i)));
  call.end();
}

async function main(): Promise<void> {
  const child = fork(new URL(import.meta.url), { env: { ...process.env, BENCH_SERVER: String(SERIES) } });
  const ask = <T>(): Promise<T> => new Promise((resolve) => child.once('message', (m) => resolve(m as T)));
  const { port, plainPort } = await ask<{ port: number; plainPort: number }>();
  const serverCpu = async (): Promise<number> => {
    const answer = ask<{ cpu: NodeJS.CpuUsage }>();
    child.send('cpu');
    const { cpu } = await answer;
    return (cpu.user + cpu.system) / 1e6;
  };
  const channel = new Channel(`127.0.0.1:${port}`);
  const client = new grpc.Client(`127.0.0.1:${plainPort}`, grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc-node.flow_control_window': 4 * 1024 * 1024,
  });
  const request: SeriesRequest = {
    mint: 0,
    maxt: 2 ** 42,
    matchers: [createMatcher('=', '__name__', 'x')],
    maxResolutionMs: 0,
    aggregates: [],
    partialResponse: 'abort',
    skipChunks: false,
    withoutReplicaLabels: [],
    limit: 0,
  };

  const own = async (batchSize: number): Promise<number> => {
    let count = 0;
    const decoder = new SeriesDecoder({ batch: (batch) => (count += batch.count), warning: () => {}, hints: () => {} });
    const stream = channel.stream(PATH, codecs.seriesRequest.encode(seriesRequestToWire(request, batchSize)));
    for (let blocks = await stream.read(); blocks !== undefined; blocks = await stream.read()) {
      for (const { buffer, ranges } of blocks)
        for (let i = 0; i < ranges.length; i += 2) decoder.message(buffer, ranges[i], ranges[i + 1]);
      decoder.finish();
    }
    return count;
  };
  const plain = async (batchSize: number): Promise<number> => {
    let count = 0;
    const decoder = new SeriesDecoder({ batch: (batch) => (count += batch.count), warning: () => {}, hints: () => {} });
    const call = client.makeServerStreamRequest(
      PLAIN,
      identity,
      identity,
      Buffer.from(codecs.seriesRequest.encode(seriesRequestToWire(request, batchSize))),
    );
    for await (const message of call) decoder.message(message as Buffer, 0, (message as Buffer).length);
    decoder.finish();
    return count;
  };
  for (const batchSize of [1, 64]) {
    const rows: Record<string, { rate: number[]; server: number[]; client: number[] }> = {
      'own rpc': { rate: [], server: [], client: [] },
      'grpc-js': { rate: [], server: [], client: [] },
    };
    for (let run = 0; run <= RUNS; run++) {
      for (const [name, go] of [
        ['own rpc', own],
        ['grpc-js', plain],
      ] as const) {
        const cpu = await serverCpu();
        const mine = process.cpuUsage();
        const from = performance.now();
        const count = await go(batchSize);
        const seconds = (performance.now() - from) / 1000;
        if (count !== SERIES) throw new Error(`${name}: ${count} of ${SERIES} series arrived`);
        // The first run is cold.
        if (run === 0) continue;
        const used = process.cpuUsage(mine);
        rows[name].rate.push(SERIES / seconds);
        rows[name].server.push((await serverCpu()) - cpu);
        rows[name].client.push((used.user + used.system) / 1e6);
      }
    }
    const median = (list: number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1];
    for (const [name, row] of Object.entries(rows)) {
      console.info(
        `${batchSize} a message, ${name}: ${Math.round(median(row.rate)).toLocaleString('en')} series/s, server CPU ${median(row.server).toFixed(2)} s, client CPU ${median(row.client).toFixed(2)} s`,
      );
    }
    console.info(
      `${batchSize} a message, own / grpc-js: ${(median(rows['own rpc'].rate) / median(rows['grpc-js'].rate)).toFixed(2)}x series/s, ${(median(rows['grpc-js'].server) / median(rows['own rpc'].server)).toFixed(2)}x less server CPU`,
    );
  }
  channel.close();
  client.close();
  child.kill();
}

await (process.env.BENCH_SERVER === undefined ? main() : server());
