import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tombstones } from './tombstones.ts';

describe('tombstones', () => {
  it('are empty as Prometheus writes it', () => {
    expect(Buffer.from(new Tombstones().encode()).toString('hex')).toBe('0130ba300100000000');
  });

  it('join what overlaps or touches', () => {
    const tombstones = new Tombstones();
    tombstones.add(7, { mint: 6, maxt: 9 });
    tombstones.add(7, { mint: 1, maxt: 5 });
    tombstones.add(7, { mint: 20, maxt: 30 });
    tombstones.add(7, { mint: 11, maxt: 12 });
    expect(tombstones.of(7)).toEqual([
      { mint: 1, maxt: 9 },
      { mint: 11, maxt: 12 },
      { mint: 20, maxt: 30 },
    ]);
    expect(tombstones.intervalCount).toBe(3);
    expect(tombstones.of(8)).toBeUndefined();
  });

  it('come back as they were written', () => {
    const time = fc.integer({ min: -(2 ** 50), max: 2 ** 50 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), time, time)), (list) => {
        const tombstones = new Tombstones();
        for (const [series, a, b] of list) tombstones.add(series, { mint: Math.min(a, b), maxt: Math.max(a, b) });
        const again = Tombstones.read(tombstones.encode());
        for (let series = 0; series <= 5; series++) expect(again.of(series)).toEqual(tombstones.of(series));
      }),
      { numRuns: 100 },
    );
  });

  it('reach from the smallest to the largest time', () => {
    // As Go writes MinInt64 and MaxInt64: ten bytes each.
    const bytes = Buffer.from('0130ba300101ffffffffffffffffff01feffffffffffffffff0100000000', 'hex');
    const read = Tombstones.read(withCrc(bytes));
    expect(read.of(1)).toEqual([{ mint: -(2 ** 63), maxt: 2 ** 63 }]);
  });
});

function withCrc(bytes: Buffer): Uint8Array {
  let crc = 0xffffffff;
  for (const byte of bytes.subarray(5, -4)) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  bytes.writeUInt32BE(~crc >>> 0, bytes.length - 4);
  return bytes;
}
