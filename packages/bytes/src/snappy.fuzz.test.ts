import fc from 'fast-check';
import snappyJs from 'snappyjs';
import { describe, expect, it } from 'vitest';
import {
  ByteWriter,
  snappyCompress,
  snappyStreamCompress,
  snappyStreamUncompress,
  snappyUncompress,
  TsanosError,
} from './index.ts';

const numRuns = 300 * Number(process.env['TSANOS_SOAK'] ?? 1);

/** Bytes with repetitions, long enough for both codecs. */
const data = fc
  .tuple(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc.integer({ min: 1, max: 40 }),
    fc.uint8Array({ maxLength: 40 }),
  )
  .map(([a, times, b]) => {
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
      fc.property(
        data,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
        fc.nat(),
        (bytes, changes, cut) => {
          for (const [pack, unpack] of [
            [snappyCompress, snappyUncompress],
            [snappyStreamCompress, snappyStreamUncompress],
          ] as const) {
            const damaged = pack(bytes).slice();
            for (const [at, xor] of changes) damaged[at % damaged.length] ^= xor;
            try {
              unpack(damaged.subarray(0, 1 + (cut % damaged.length)), 1 << 20);
            } catch (error) {
              if (!(error instanceof TsanosError) || (error.kind !== 'corrupt' && error.kind !== 'limit')) throw error;
            }
          }
        },
      ),
      { numRuns },
    );
  });
  it('a small block that claims to be huge is refused before memory is taken', () => {
    expect(() => snappyUncompress(Uint8Array.of(0xff, 0xff, 0xff, 0x3f, 0), 1 << 28)).toThrow(/cannot hold/);
  });
  it('a literal whose length has all bits does not send the reader backwards', () => {
    // 100 bytes claimed, then a literal of 0xfffffff1: as an int32 that is a step back.
    const block = Uint8Array.from([100, 0xfc, 0xf0, 0xff, 0xff, 0xff, ...new Uint8Array(60)]);
    expect(() => snappyUncompress(block, 1000)).toThrow(TsanosError);
    const far = Uint8Array.from([100, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, ...new Uint8Array(60)]);
    expect(() => snappyUncompress(far, 1000)).toThrow(TsanosError);
  });
});
