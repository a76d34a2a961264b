import { Labels, SampleColumns } from '@tsanos/model';
import { encodeXor } from '../chunkenc/xor-encode.ts';
import { decodeXor } from '../chunkenc/xor-decode.ts';
import type { SampleReader } from '../sample-reader.ts';
import { Aggr, Encoding, type SeriesBatch } from '../series-batch.ts';
import { seriesBatchOf, type TestChunk } from '../testing/batches.ts';
import { AggregateReader, ChainDedupReader, PenaltyDedupReader, RawReader } from './readers.ts';

/** Reads 200 counters of 24 h at 15 s, single and as HA pairs; ratio to decoding the same chunks and nothing else. */
const SERIES = 200;
const SAMPLES = 5760;

function chunksOf(series: number, offset: number): TestChunk[] {
  const chunks: TestChunk[] = [];
  const columns = new SampleColumns(120);
  for (let from = 0; from < SAMPLES; from += 120) {
    for (let i = 0; i < 120; i++) {
      columns.t[i] = 1.7e12 + (from + i) * 15_000 + offset + ((series + i) % 5 === 0 ? 3 : 0);
      columns.v[i] = ((from + i) * 7 + (i % 3)) % 20_000;
    }
    const bytes = encodeXor(columns.t, columns.w, 0, 120);
    chunks.push({ bytes, mint: columns.t[0], maxt: columns.t[119], encoding: Encoding.XOR, aggr: Aggr.RAW });
  }
  return chunks;
}

/** `replicas` rows a series, as a merge joins them. */
function batchOf(replicas: number): SeriesBatch {
  const series = Array.from({ length: SERIES }, (_, s) => {
    const all = Array.from({ length: replicas }, (_, r) => chunksOf(s, r * 4_100)).flat();
    return { labels: Labels.from({ s: String(s) }), chunks: all.sort((a, b) => a.mint - b.mint) };
  });
  return seriesBatchOf(...series);
}

function decodeOnly(batch: SeriesBatch, out: SampleColumns): void {
  for (let i = 0; i < batch.count; i++) {
    out.clear();
    for (let row = batch.chunkStart[i]; row < batch.chunkStart[i + 1]; row++) {
      decodeXor(batch.chunkBuffers[batch.chunkBuffer[row]], batch.chunkOffset[row], batch.chunkLength[row], out);
    }
  }
}

function readAll(reader: SampleReader, batch: SeriesBatch, out: SampleColumns): void {
  for (let i = 0; i < batch.count; i++) {
    out.clear();
    reader.read(batch, i, i + 1, 1.7e12, 1.8e12, out);
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

const single = batchOf(1);
const pair = batchOf(2);
const cases: [string, SeriesBatch, SampleReader][] = [
  ['raw', single, new RawReader()],
  ['aggregate', single, new AggregateReader({ func: 'rate' })],
  ['penalty, one replica', single, new PenaltyDedupReader({ func: 'rate' })],
  ['raw union of a pair', pair, new RawReader()],
  ['penalty, a pair', pair, new PenaltyDedupReader({})],
  ['penalty, a pair, rate', pair, new PenaltyDedupReader({ func: 'rate' })],
  ['penalty, a pair, Thanos rate', pair, new PenaltyDedupReader({ func: 'rate', resets: 'thanos' })],
  ['chain, a pair', pair, new ChainDedupReader({})],
];
for (const [name, batch, reader] of cases) {
  const out = new SampleColumns(2 * SAMPLES);
  const times: number[] = [];
  const base: number[] = [];
  for (let round = 0; round < 9; round++) {
    let from = performance.now();
    readAll(reader, batch, out);
    times.push(performance.now() - from);
    from = performance.now();
    decodeOnly(batch, out);
    base.push(performance.now() - from);
  }
  const ms = median(times);
  const samples = batch.chunkMint.length * 120;
  console.log(
    `${name.padEnd(30)} ${ms.toFixed(1).padStart(6)} ms  ${(samples / ms / 1000).toFixed(0).padStart(4)} Msamples/s in  ${(ms / median(base)).toFixed(2)}x decoding`,
  );
}
