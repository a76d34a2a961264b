import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { crc32c, snappyCompress, snappyUncompress } from '@tsanos/bytes';
import { createMatcher } from '@tsanos/model';
import { samplesOf, toSeries, type TestSeries } from '@tsanos/series/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schema } from './proto/schema.ts';
import { decodeChunkedRead, decodeReadRequest, decodeSampledRead, encodeReadRequest } from './remote-read.ts';

const SOAK = Number(process.env.TSANOS_SOAK ?? '0.01');
const seed = Number(process.env.TSANOS_SEED ?? Date.now() % 1_000_000);
console.info(`remote read fuzz seed ${seed} (set TSANOS_SEED to replay)`);

interface ReadLine {
  id: string;
  body: string;
  bodyJson?: { queries?: object[]; accepted_response_types?: number[] };
  status?: number;
  response?: string;
  responseHeaders: Record<string, string>;
  responseJson?: {
    results?: {
      timeseries?: {
        labels: { name: string; value: string }[];
        samples?: { value?: number | string; timestamp: number }[];
        histograms?: object[];
      }[];
    }[];
  };
  responseFrames?:
    | null
    | {
        query_index?: number;
        chunked_series: {
          labels: { name: string; value: string }[];
          chunks: { min_time_ms: number; max_time_ms: number; type: number; data: string }[];
        }[];
      }[];
}

const shared = process.env.TSANOS_SHARED ?? join(import.meta.dirname, '../../../../shared');
const file = join(shared, 'golden/wire/remote-read.jsonl.gz');
const parse = (bytes: Buffer): ReadLine[] =>
  bytes
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ReadLine);
const lines = parse(readFileSync(new URL('../testdata/remote-read.jsonl', import.meta.url)));
if (existsSync(file)) lines.push(...parse(gunzipSync(readFileSync(file))));
else
  console.warn(
    'SKIPPED: golden data wire/remote-read.jsonl.gz is not there; set TSANOS_SHARED to the folder that holds golden/',
  );

/** The bytes in chunks of `size`. */
async function* body(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decodeChunked(bytes: Uint8Array, size = 1000): Promise<TestSeries[]> {
  const out: TestSeries[] = [];
  for await (const batch of decodeChunkedRead(body(bytes, size))) out.push(...toSeries(batch));
  return out;
}

describe('captured remote read', () => {
  test('requests decode and encode back to the same bytes', () => {
    let count = 0;
    const type = schema().lookupType('prometheus_copy.ReadRequest');
    for (const line of lines) {
      if (line.bodyJson === undefined) continue;
      const bytes = snappyUncompress(Buffer.from(line.body, 'base64'), 1 << 20);
      const message = type.decode(bytes);
      const again = Buffer.from(type.encode(message).finish());
      // The sender of these wrote fields at their default, which nobody's encoder does.
      if (line.id.startsWith('read-hints-series'))
        expect(type.toObject(type.decode(again))).toEqual(type.toObject(message));
      else expect(again.equals(bytes), line.id).toBe(true);
      expect(decodeReadRequest(Buffer.from(line.body, 'base64')).queries.length).toBe(
        line.bodyJson.queries?.length ?? 0,
      );
      count++;
    }
    expect(count).toBeGreaterThanOrEqual(2);
  });

  test('streamed answers, whatever the chunks they come in', async () => {
    let count = 0;
    for (const line of lines) {
      if (line.responseFrames === undefined || line.response === undefined) continue;
      const expected = (line.responseFrames ?? []).flatMap((frame) => frame.chunked_series);
      for (const size of [1, 7, 1000, 1 << 20]) {
        const got = await decodeChunked(Buffer.from(line.response, 'base64'), size);
        expect(
          got.map((s) => Array.from(s.labels, ([name, value]) => ({ name, value }))),
          line.id,
        ).toEqual(expected.map((s) => s.labels));
        expect(
          got.map((s) =>
            s.chunks.map((c) => ({
              min_time_ms: c.mint,
              max_time_ms: c.maxt,
              type: c.encoding,
              data: Buffer.from(c.bytes).toString('base64'),
            })),
          ),
        ).toEqual(expected.map((s) => s.chunks));
      }
      count++;
    }
    expect(count).toBeGreaterThan(0);
  });

  test('answers in the samples form', () => {
    let count = 0;
    for (const line of lines) {
      if (line.responseJson === undefined || line.response === undefined) continue;
      const { batch, droppedHistograms } = decodeSampledRead(Buffer.from(line.response, 'base64'));
      const all = (line.responseJson.results ?? []).flatMap((result) => result.timeseries ?? []);
      const expected = all.filter((series) => (series.samples ?? []).length > 0);
      const got = toSeries(batch);
      expect(
        got.map((s) => Array.from(s.labels, ([name, value]) => ({ name, value }))),
        line.id,
      ).toEqual(expected.map((s) => s.labels));
      got.forEach((series, i) => {
        expect(series.chunks.every((chunk) => chunk.bytes[0] * 256 + chunk.bytes[1] <= 120)).toBe(true);
        const samples = series.chunks.flatMap(samplesOf);
        expect(samples.map(([t]) => t)).toEqual(expected[i].samples?.map((s) => s.timestamp));
        samples.forEach(([, v], k) => {
          const want = expected[i].samples?.[k].value ?? 0;
          if (typeof want === 'number') expect(v).toBe(want);
        });
      });
      expect(droppedHistograms).toBe(all.reduce((sum, series) => sum + (series.histograms?.length ?? 0), 0));
      count++;
    }
    expect(count).toBeGreaterThan(0);
  });
});

describe('remote read', () => {
  test('our request asks for chunks first', () => {
    const request = encodeReadRequest({ mint: 5, maxt: 9, matchers: [createMatcher('!~', 'a', 'b.*')] });
    expect(decodeReadRequest(request)).toMatchObject({
      queries: [{ start_timestamp_ms: 5, end_timestamp_ms: 9, matchers: [{ type: 3, name: 'a', value: 'b.*' }] }],
      accepted_response_types: [1, 0],
    });
  });

  test('a stale marker keeps its bits in the samples form', () => {
    const type = schema().lookupType('prometheus_copy.ReadResponse');
    const message = Buffer.from(
      type
        .encode(
          type.fromObject({
            results: [
              { timeseries: [{ labels: [{ name: 'a', value: '1' }], samples: [{ value: 1.5, timestamp: 1 }] }] },
            ],
          }),
        )
        .finish(),
    );
    const at = message.indexOf(Buffer.from('000000000000f83f', 'hex'));
    Buffer.from('020000000000f07f', 'hex').copy(message, at);
    const { batch } = decodeSampledRead(snappyCompress(message));
    // An XOR chunk: count, varint time, then the first value as it is.
    expect(Buffer.from(batch.chunkBuffers[0].subarray(3, 11)).toString('hex')).toBe('7ff0000000000002');
  });

  test('broken streams are refused', async () => {
    const [good] = lines.filter((line) => (line.responseFrames ?? []).length > 0);
    const bytes = Buffer.from(good.response ?? '', 'base64');
    await expect(decodeChunked(bytes.subarray(0, bytes.length - 1))).rejects.toMatchObject({ kind: 'corrupt' });
    const flipped = Buffer.from(bytes);
    flipped[40] ^= 1;
    await expect(decodeChunked(flipped)).rejects.toThrow('checksum mismatch');
    await expect(decodeChunked(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]))).rejects.toThrow('larger than 50000000');
  });

  test('hostile bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 40 }), async (payload, size) => {
        const crc = Buffer.alloc(4);
        crc.writeUInt32BE(crc32c(payload));
        for (const bytes of [payload, Buffer.concat([Buffer.from([payload.length]), crc, payload])]) {
          await decodeChunked(bytes, size).catch((error: unknown) => expect(error).toMatchObject({ kind: 'corrupt' }));
        }
        try {
          decodeSampledRead(snappyCompress(payload));
        } catch (error) {
          expect((error as { kind: string }).kind).toMatch(/corrupt|internal/);
        }
      }),
      { seed, numRuns: Math.ceil(200_000 * SOAK) },
    );
  }, 900_000);
});
