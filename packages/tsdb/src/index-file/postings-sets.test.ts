import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intersectPostings, subtractPostings, unionPostings } from './postings-sets.ts';

/** Ascending lists, dense and sparse, of very different lengths, so that each algorithm gets its turn. */
const list = fc
  .tuple(
    fc.integer({ min: 0, max: 400 }),
    fc.constantFrom(1, 3, 1000, 3_000_000),
    fc.integer({ min: 0, max: 100 }),
    fc.integer(),
  )
  .map(([length, step, start, seed]) => {
    const out = new Uint32Array(length);
    let state = seed | 0;
    let value = start;
    for (let i = 0; i < length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      value += 1 + ((state >>> 8) % step);
      out[i] = value;
    }
    return out;
  });

describe('sets of postings', () => {
  it('are what plain sets would be', () => {
    fc.assert(
      fc.property(fc.array(list, { maxLength: 6 }), (lists) => {
        const union = [...new Set(lists.flatMap((l) => [...l]))].sort((a, b) => a - b);
        expect([...unionPostings(lists)]).toEqual(union);
        const all = lists.length === 0 ? [] : [...lists[0]].filter((x) => lists.every((l) => l.includes(x)));
        expect([...intersectPostings(lists)]).toEqual(all);
        if (lists.length < 2) return;
        expect([...subtractPostings(lists[0], lists[1])]).toEqual([...lists[0]].filter((x) => !lists[1].includes(x)));
      }),
      { numRuns: 300 },
    );
  });

  it('use the whole range of 32 bits', () => {
    const high = Uint32Array.of(1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff);
    expect([...unionPostings([high, Uint32Array.of(0, 0xffffffff), Uint32Array.of(0x80000001)])]).toEqual([
      0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
    ]);
    const dense = Uint32Array.from({ length: 100 }, (_, i) => 0xffffffff - 99 + i);
    expect(unionPostings([dense, dense, high]).length).toBe(103);
    expect([...intersectPostings([dense, high])]).toEqual([0xfffffffe, 0xffffffff]);
  });

  it('do not choke on lists that a damaged index left unsorted', () => {
    const bad = Uint32Array.of(5, 0xffffffff, 1, 7);
    for (const other of [Uint32Array.of(2, 3), bad]) {
      expect(unionPostings([bad, other, bad]).length).toBeLessThanOrEqual(10);
      expect(intersectPostings([bad, other]).length).toBeLessThanOrEqual(4);
      expect(subtractPostings(bad, other).length).toBeLessThanOrEqual(4);
    }
  });
});
