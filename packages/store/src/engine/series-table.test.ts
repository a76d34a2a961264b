import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSeriesEntry, SeriesTable, SymbolPairs } from './series-table.ts';

function uvarint(n: number): number[] {
  const out: number[] = [];
  for (; n > 127; n = Math.floor(n / 128)) out.push((n % 128) | 128);
  return [...out, n];
}
const varint = (n: number): number[] => uvarint(n >= 0 ? n * 2 : -n * 2 - 1);

interface Chunk {
  mint: number;
  maxt: number;
  ref: number;
}

function entry(labels: number[], chunks: Chunk[]): Uint8Array {
  const out = [...uvarint(labels.length / 2), ...labels.flatMap(uvarint), ...uvarint(chunks.length)];
  chunks.forEach((c, i) => {
    const before = chunks[i - 1];
    out.push(...(i === 0 ? varint(c.mint) : uvarint(c.mint - before.maxt)), ...uvarint(c.maxt - c.mint));
    out.push(...(i === 0 ? uvarint(c.ref) : varint(c.ref - before.ref)));
  });
  return Uint8Array.from(out);
}

const chunks: Chunk[] = [
  { mint: -5000, maxt: -4000, ref: 8 },
  { mint: -3999, maxt: 1_700_000_000_000, ref: 3 * 2 ** 32 + 99 },
  { mint: 1_700_000_000_001, maxt: 1_700_000_000_500, ref: 3 * 2 ** 32 + 8 },
];

describe('decodeSeriesEntry', () => {
  it('keeps the chunks that overlap', () => {
    const bytes = entry([1, 2, 300, 70_000], chunks);
    const table = new SeriesTable();
    const pairs = new SymbolPairs();
    expect(decodeSeriesEntry(bytes, 0, bytes.length, 0, 0, 1_700_000_000_001, pairs, table, false)).toBe(2);
    expect([...pairs.ids.subarray(0, pairs.count * 2)]).toEqual([1, 2, 300, 70_000]);
    expect([table.chunkSegment[0], table.chunkOffset[0], table.chunkMint[0]]).toEqual([3, 99, -3999]);
    expect([table.chunkSegment[1], table.chunkOffset[1], table.chunkMaxt[1]]).toEqual([3, 8, 1_700_000_000_500]);
  });

  it('says where a cut entry is cut, whatever the cut', () => {
    const bytes = entry([1, 2, 300, 70_000], chunks);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (length) => {
        const table = new SeriesTable();
        expect(() => decodeSeriesEntry(bytes, 0, length, 64, -1e15, 1e15, new SymbolPairs(), table, false)).toThrow(
          /offset 64/,
        );
      }),
    );
  });
});
