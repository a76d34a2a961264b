import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, snappyCompress, snappyStreamCompress, snappyStreamUncompress, snappyUncompress, TsanosError } from './index.ts';

const snappyJs = createRequire(import.meta.url)('snappyjs') as { compress(b: Uint8Array): Uint8Array; uncompress(b: Uint8Array, max: number): Uint8Array };
const numRuns = 300 * Number(process.env['TSANOS_SOAK'] ?? 1);

/** Bytes with repetitions, long enough for both codecs. */
const data = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 40 }), fc.uint8Array({ maxLength: 40 })).map(([a, times, b]) => {
  const out = new ByteWriter(1024);
  for (let i = 0; i < times; i++) out.bytes(a).bytes(b.subarray(0, i));
  return out.finish();
});

describe('snappy fuzz', () => {
  it('agrees with the reference in both directions', () => {
    fc.assert(
      fc.property(data, (bytes) => {
        expect(Buffer.compare(snappyJs.uncompress(snappyCompress(bytes), bytes.length), bytes)).toBe(0);
        expect(Buffer.compare(snappyUncompress(snappyJs.compress(bytes), bytes.length), bytes)).toBe(0);
      }),
      { numRuns },
    );
  });
  it('damaged blocks and streams end in a corrupt or limit error, or in bytes of the claimed length', () => {
    fc.assert(
      fc.property(data, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }), fc.nat(), (bytes, changes, cut) => {
        for (const [pack, unpack] of [[snappyCompress, snappyUncompress], [snappyStreamCompress, snappyStreamUncompress]] as const) {
          const damaged = pack(bytes).slice();
          for (const [at, xor] of changes) damaged[at % damaged.length] ^= xor;
          try {
            unpack(damaged.subarray(0, 1 + (cut % damaged.length)), 1 << 20);
          } catch (error) {
            if (!(error instanceof TsanosError) || (error.kind !== 'corrupt' && error.kind !== 'limit')) throw error;
          }
        }
      }),
      { numRuns },
    );
  });
  it('a small block that claims to be huge is refused before memory is taken', () => {
    expect(() => snappyUncompress(Uint8Array.of(0xff, 0xff, 0xff, 0x3f, 0), 1 << 28)).toThrow(/cannot hold/);
  });
});
