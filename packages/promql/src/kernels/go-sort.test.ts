import { describe, expect, it } from 'vitest';
import { goSort } from './go-sort.ts';

/** A small generator, so that lists are the same in every run. */
function numbers(count: number, range: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % range;
  });
}

describe('goSort', () => {
  it.each([
    ['short', numbers(10, 5, 1)],
    ['many equal', numbers(500, 4, 2)],
    ['random', numbers(2000, 1_000_000, 3)],
    ['ascending', Array.from({ length: 300 }, (_, i) => i)],
    ['descending', Array.from({ length: 300 }, (_, i) => -i)],
    ['saw teeth', Array.from({ length: 1000 }, (_, i) => i % 17)],
    ['nearly sorted', Array.from({ length: 200 }, (_, i) => (i === 77 ? 3 : i))],
  ])('sorts: %s', (_, list) => {
    const sorted = [...list];
    goSort(sorted, (a, b) => a < b);
    expect(sorted).toEqual([...list].sort((a, b) => a - b));
  });

  it('keeps the order of equal elements in lists of up to twelve', () => {
    const twelve = Array.from({ length: 12 }, (_, i) => ({ key: i % 2, i }));
    goSort(twelve, (a, b) => a.key < b.key);
    expect(twelve.map(({ i }) => i)).toEqual([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
  });
});
