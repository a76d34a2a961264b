import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockMessage, compressionByName, FrameReader, FrameWriter, RpcError, type MessageBlock } from './index.ts';

const SOAK = Number(process.env.TSANOS_SOAK ?? '0.01');
const seed = Number(process.env.TSANOS_SEED ?? Date.now() % 1_000_000);
console.info(`frames fuzz seed ${seed} (set TSANOS_SEED to replay)`);
const runs = { seed, numRuns: Math.ceil(20_000 * SOAK) };

function messagesOf(blocks: readonly MessageBlock[]): Buffer[] {
  return blocks.flatMap((block) =>
    Array.from({ length: block.ranges.length / 2 }, (_, i) => Buffer.from(blockMessage(block, i))),
  );
}

/** Cuts bytes into chunks of the given sizes, over and over. */
function* chunks(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length];
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('frames', () => {
  test('what the writer packs the reader cuts, whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom('identity', 'gzip', 'snappy'),
        fc.integer({ min: 16, max: 1000 }),
        (messages, sizes, encoding, blockBytes) => {
          const blocks: Uint8Array[] = [];
          let counted = 0;
          const writer = new FrameWriter(
            compressionByName(encoding),
            (block, count) => {
              blocks.push(block);
              counted += count;
            },
            blockBytes,
          );
          for (const message of messages) writer.send(message);
          writer.flush();
          const reader = new FrameReader(compressionByName(encoding), 1 << 20);
          const out: MessageBlock[] = [];
          let completed = 0;
          for (const chunk of chunks(Buffer.concat(blocks), sizes)) completed += reader.push(chunk, out);
          expect(messagesOf(out)).toEqual(messages.map((m) => Buffer.from(m)));
          expect([counted, completed, reader.partial]).toEqual([messages.length, messages.length, false]);
        },
      ),
      runs,
    );
  }, 900_000);

  test('hostile bytes give messages or an RpcError, and no memory by claim', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('identity', 'gzip', 'snappy'),
        fc.integer({ min: 1, max: 50 }),
        (bytes, encoding, size) => {
          const reader = new FrameReader(compressionByName(encoding), 0x7fffffff);
          const out: MessageBlock[] = [];
          try {
            for (const chunk of chunks(bytes, [size])) reader.push(chunk, out);
          } catch (error) {
            expect(error).toBeInstanceOf(RpcError);
          }
          for (const message of messagesOf(out)) expect(message.length).toBeLessThan(1 << 20);
        },
      ),
      { seed, numRuns: Math.ceil(1_000_000 * SOAK) },
    );
  }, 900_000);

  test('a bomb stops at the limit', () => {
    for (const encoding of ['gzip', 'snappy']) {
      const compression = compressionByName(encoding);
      const packed = compression?.compress(Buffer.alloc(5_000_000)) ?? Buffer.alloc(0);
      const frame = Buffer.concat([
        Buffer.from([1, 0, packed.length >>> 16, (packed.length >>> 8) & 255, packed.length & 255]),
        packed,
      ]);
      expect(() => new FrameReader(compression, 1_000_000).push(frame, [])).toThrow('larger than max 1000000');
    }
  });
});
