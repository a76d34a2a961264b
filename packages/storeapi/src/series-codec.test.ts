import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { blockMessage, FrameReader, FrameWriter, type MessageBlock } from '@tsanos/rpc';
import type { SeriesBatch } from '@tsanos/series';
import { Labels } from '@tsanos/model';
import { seriesBatchOf, toSeries, type TestSeries } from '@tsanos/series/testing';
import { describe, expect, test } from 'vitest';
import type { WireLine } from './proto/golden.test.ts';
import { schema } from './proto/schema.ts';
import { SeriesDecoder } from './series-decoder.ts';
import { SeriesFrameWriter } from './series-frame-writer.ts';

const SOAK = Number(process.env.TSANOS_SOAK ?? '0.01');
const seed = Number(process.env.TSANOS_SEED ?? Date.now() % 1_000_000);
console.info(`series codec fuzz seed ${seed} (set TSANOS_SEED to replay)`);

type Event = SeriesBatch | { warning: string } | { hints: Uint8Array };

function decode(messages: readonly Uint8Array[]): Event[] {
  const events: Event[] = [];
  const decoder = new SeriesDecoder({
    batch: (batch) => events.push(batch),
    warning: (warning) => events.push({ warning }),
    hints: (hints) => events.push({ hints }),
  });
  for (const message of messages) decoder.message(message, 0, message.length);
  decoder.finish();
  return events;
}

function encode(batchSize: number, write: (writer: SeriesFrameWriter) => void): Buffer[] {
  const blocks: Uint8Array[] = [];
  const frames = new FrameWriter(undefined, (block) => blocks.push(block));
  const writer = new SeriesFrameWriter(frames, batchSize);
  write(writer);
  writer.flush();
  frames.flush();
  const out: MessageBlock[] = [];
  const reader = new FrameReader(undefined, 0x7fffffff);
  for (const block of blocks) reader.push(block, out);
  return out.flatMap((block) =>
    Array.from({ length: block.ranges.length / 2 }, (_, i) => Buffer.from(blockMessage(block, i))),
  );
}

const isBatch = (event: Event): event is SeriesBatch => 'count' in event;

/** The message written again by our writer, which gets it from our decoder. */
function again(message: Uint8Array): Buffer {
  const batched = message[0] === 0x22;
  const written = encode(batched ? 1_000_000 : 0, (writer) => {
    for (const event of decode([message])) {
      if (isBatch(event)) writer.write(event);
      else if ('warning' in event) writer.warning(event.warning);
      else writer.hints(event.hints);
    }
  });
  expect(written.length).toBe(1);
  return written[0];
}

const shared = process.env.TSANOS_SHARED ?? join(import.meta.dirname, '../../../../shared');
const folder = join(shared, 'golden/wire');
const there = existsSync(folder);
if (!there) console.warn('SKIPPED: golden data wire/ is not there; set TSANOS_SHARED to the folder that holds golden/');
const files = [readFileSync(new URL('../testdata/wire.jsonl', import.meta.url))];
if (there)
  for (const name of readdirSync(folder))
    if (name.startsWith('grpc-') && name.endsWith('.gz')) files.push(gunzipSync(readFileSync(join(folder, name))));
const series = files
  .flatMap((file) =>
    file
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as WireLine),
  )
  .filter((line) => line.path === '/thanos.Store/Series')
  .flatMap((line) => line.responses.map((response) => Buffer.from(response, 'base64')));

describe('captured SeriesResponse messages', () => {
  test('decode and encode back to the same bytes', () => {
    let count = 0;
    for (const message of series) {
      expect(again(message).toString('hex')).toBe(message.toString('hex'));
      count++;
    }
    console.info(`${count} Series messages round trip`);
    expect(count).toBeGreaterThan(5);
  });

  test('every cut and bit flip is refused or read, never more than that', () => {
    const [message] = series.filter((m) => m[0] === 0x0a && m.length < 1000);
    for (let cut = 1; cut < message.length; cut++)
      expect(() => decode([message.subarray(0, cut)])).toThrow('SeriesResponse at offset');
    for (let bit = 0; bit < message.length * 8; bit++) {
      const flipped = Buffer.from(message);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      try {
        decode([flipped]);
      } catch (error) {
        expect(error).toMatchObject({ kind: 'corrupt' });
      }
    }
  });
});

/** What protobufjs makes of a series, in the order of the message. */
const SeriesResponse = schema().lookupType('thanos.SeriesResponse');
const AGGRS = ['raw', 'count', 'sum', 'min', 'max', 'counter'];

const chunkArbitrary = fc.record({
  mint: fc.constantFrom(0, 1, -5, 1_700_000_000_000, -(2 ** 63)),
  length: fc.constantFrom(0, 1, 1000, 2 ** 42),
  encoding: fc.constantFrom(1, 2, 3, 4),
  aggr: fc.constantFrom(0, 1, 2, 3, 4, 5),
  bytes: fc.uint8Array({ maxLength: 300 }),
});
const seriesArbitrary = fc.record({
  labels: fc
    .dictionary(
      fc.string({ unit: 'grapheme', maxLength: 5, minLength: 1 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
    )
    .map((object) => Labels.from(object)),
  chunks: fc.array(chunkArbitrary, { maxLength: 6 }),
});

function sortedSeries(
  list: readonly {
    labels: Labels;
    chunks: readonly { mint: number; length: number; encoding: number; aggr: number; bytes: Uint8Array }[];
  }[],
): TestSeries[] {
  return list.map(({ labels, chunks }) => ({
    labels,
    chunks: chunks
      .map(({ mint, length, encoding, aggr, bytes }) => ({ mint, maxt: mint + length, encoding, aggr, bytes }))
      .sort((a, b) => a.mint - b.mint || a.maxt - b.maxt || a.aggr - b.aggr) as TestSeries['chunks'],
  }));
}

describe('against protobufjs', () => {
  test('what we write it reads, what it writes we read', () => {
    fc.assert(
      fc.property(fc.array(seriesArbitrary, { maxLength: 8 }), fc.constantFrom(0, 1, 2, 3, 64), (list, batchSize) => {
        const expected = sortedSeries(list);
        const messages = encode(batchSize, (writer) => {
          writer.write(seriesBatchOf(...expected));
          writer.warning('w');
        });
        const flat: {
          labels?: { name: string; value: string }[];
          chunks?: Record<string, { data?: Uint8Array; type?: number } | number>[];
        }[] = [];
        for (const message of messages) {
          const object = SeriesResponse.toObject(SeriesResponse.decode(message), { longs: Number, defaults: true }) as {
            series?: (typeof flat)[number];
            batch?: { series: typeof flat };
            warning?: string;
          };
          if (object.series !== undefined) flat.push(object.series);
          if (object.batch !== undefined) {
            expect(batchSize).toBeGreaterThan(1);
            expect(object.batch.series.length).toBeLessThanOrEqual(batchSize);
            flat.push(...object.batch.series);
          }
          expect(Buffer.from(SeriesResponse.encode(SeriesResponse.decode(message)).finish()).equals(message)).toBe(
            true,
          );
        }
        expect(messages.at(-1)).toEqual(Buffer.from([0x12, 1, 0x77]));
        expect(flat.map((s) => (s.labels ?? []).map((l) => [l.name, l.value]))).toEqual(
          expected.map((s) => [...s.labels]),
        );
        const rows = flat.map((s) =>
          (s.chunks ?? []).flatMap((chunk) =>
            AGGRS.flatMap((name, aggr) => {
              const sub = chunk[name] as { data: Uint8Array; type: number } | null;
              return sub === null
                ? []
                : [{ mint: chunk.min_time, maxt: chunk.max_time, encoding: sub.type + 1, aggr, bytes: [...sub.data] }];
            }),
          ),
        );
        expect(rows).toEqual(expected.map((s) => s.chunks.map((c) => ({ ...c, bytes: [...c.bytes] }))));
        const decoded = decode(messages).filter(isBatch).flatMap(toSeries);
        expect(decoded.map((s) => s.chunks.map((c) => ({ ...c, bytes: [...c.bytes] })))).toEqual(rows);
        expect(decoded.map((s) => [...s.labels])).toEqual(expected.map((s) => [...s.labels]));
      }),
      { seed, numRuns: Math.ceil(10_000 * SOAK) },
    );
  }, 900_000);

  test('chunks out of order and labels after chunks are put right', () => {
    const message = SeriesResponse.encode(
      SeriesResponse.fromObject({
        series: {
          labels: [{ name: 'a', value: '1' }],
          chunks: [5, 1, 3].map((t) => ({ min_time: t, max_time: t + 1, raw: { data: Buffer.from([t]) } })),
        },
      }),
    ).finish();
    const [batch] = decode([message]).filter(isBatch);
    expect([...batch.chunkMint]).toEqual([1, 3, 5]);
    // Two labels with a chunk between them.
    const body = Buffer.from('0a060a0161120131' + '12060801100222000a060a0162120132', 'hex');
    const [loose] = decode([Buffer.concat([Buffer.from([0x0a, body.length]), body])]).filter(isBatch);
    expect(toSeries(loose)[0].labels.toJSON()).toEqual({ a: '1', b: '2' });
  });

  test('hostile bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        try {
          decode([bytes]);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'corrupt' });
        }
      }),
      { seed, numRuns: Math.ceil(1_000_000 * SOAK) },
    );
  }, 900_000);
});
