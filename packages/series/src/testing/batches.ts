import { Labels, SampleColumns, decodeLabels, encodeLabels, labelsToString } from '@tsanos/model';
import { decodeChunk } from '../chunkenc/decode.ts';
import { encodeXor } from '../chunkenc/xor-encode.ts';
import { SeriesBatchBuilder } from '../series-batch-builder.ts';
import { Aggr, Encoding, type SeriesBatch } from '../series-batch.ts';

/** A chunk of a test series. */
export interface TestChunk {
  mint: number;
  maxt: number;
  encoding: Encoding;
  aggr: Aggr;
  bytes: Uint8Array;
}

/** A test series. */
export interface TestSeries {
  labels: Labels;
  chunks: readonly TestChunk[];
}

/** One raw XOR chunk of `[t, v]` samples, of one sample at least. */
export function xorChunkOf(samples: readonly (readonly [t: number, v: number])[], aggr: Aggr = Aggr.RAW): TestChunk {
  const columns = new SampleColumns(samples.length);
  samples.forEach(([t, v], i) => {
    columns.t[i] = t;
    columns.v[i] = v;
  });
  const bytes = encodeXor(columns.t, columns.w, 0, samples.length);
  return { mint: samples[0][0], maxt: samples[samples.length - 1][0], encoding: Encoding.XOR, aggr, bytes };
}

/** `[labels, samples, …]` to a series; samples in XOR chunks of at most 120. */
export function seriesOf(
  labels: Readonly<Record<string, string>> | Labels,
  samples: readonly (readonly [t: number, v: number])[] = [],
): TestSeries {
  const chunks: TestChunk[] = [];
  for (let i = 0; i < samples.length; i += 120) chunks.push(xorChunkOf(samples.slice(i, i + 120)));
  return { labels: labels instanceof Labels ? labels : Labels.from(labels), chunks };
}

/** A batch of the series as they are given, sorted or not. */
export function seriesBatchOf(...series: readonly TestSeries[]): SeriesBatch {
  const builder = new SeriesBatchBuilder();
  const encoded = series.map(({ labels }) => encodeLabels(labels));
  const labels = Buffer.concat(encoded);
  const bytes = Buffer.concat(series.flatMap((s) => s.chunks.map((chunk) => chunk.bytes)));
  let labelAt = 0;
  let chunkAt = 0;
  series.forEach((s, i) => {
    builder.series(labels, labelAt, encoded[i].length);
    labelAt += encoded[i].length;
    for (const chunk of s.chunks) {
      builder.chunk(bytes, chunkAt, chunk.bytes.length, chunk.mint, chunk.maxt, chunk.encoding, chunk.aggr);
      chunkAt += chunk.bytes.length;
    }
  });
  return builder.finish();
}

/** Undoes `seriesBatchOf`. */
export function toSeries(batch: SeriesBatch): TestSeries[] {
  const list: TestSeries[] = [];
  for (let i = 0; i < batch.count; i++) {
    const chunks: TestChunk[] = [];
    for (let row = batch.chunkStart[i]; row < batch.chunkStart[i + 1]; row++) {
      const buffer = batch.chunkBuffers[batch.chunkBuffer[row]];
      chunks.push({
        mint: batch.chunkMint[row],
        maxt: batch.chunkMaxt[row],
        encoding: batch.chunkEncoding[row] as Encoding,
        aggr: batch.chunkAggr[row] as Aggr,
        bytes: buffer.slice(batch.chunkOffset[row], batch.chunkOffset[row] + batch.chunkLength[row]),
      });
    }
    list.push({
      labels: decodeLabels(batch.labelBuffers[batch.labelBuffer[i]], batch.labelOffset[i], batch.labelLength[i]),
      chunks,
    });
  }
  return list;
}

/** The samples of a chunk as `[t, v]`; not for stale markers, whose bits do not survive an array. */
export function samplesOf(chunk: TestChunk): [number, number][] {
  const out = new SampleColumns();
  decodeChunk(
    chunk.bytes,
    0,
    chunk.bytes.length,
    chunk.encoding,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    out,
  );
  return Array.from({ length: out.n }, (_, i) => [out.t[i], out.v[i]]);
}

/** All series of a stream. */
export async function collectSeries(stream: AsyncIterable<SeriesBatch>): Promise<TestSeries[]> {
  const list: TestSeries[] = [];
  for await (const batch of stream) list.push(...toSeries(batch));
  return list;
}

/** Series as short text, `{a="b"} 1-2 3-4`: labels, then mint and maxt of each chunk row. */
export function seriesText(series: readonly TestSeries[]): string[] {
  return series.map(({ labels, chunks }) =>
    [labelsToString(labels), ...chunks.map((c) => `${c.mint}-${c.maxt}`)].join(' '),
  );
}

/** A stream of the batches given. */
export async function* streamOf(...batches: readonly SeriesBatch[]): AsyncIterable<SeriesBatch> {
  yield* batches;
}
