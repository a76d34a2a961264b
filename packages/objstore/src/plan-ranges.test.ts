import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRanges } from './plan-ranges.ts';

const GOLDEN = resolve(
  process.env['TSANOS_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared'),
  'golden/thanos/store/store.jsonl.gz',
);
if (!existsSync(GOLDEN)) console.warn(`golden data of Thanos' partitioner is not there: ${GOLDEN}`);

describe('planRanges', () => {
  it('joins over small gaps only, within the maximum', () => {
    expect(planRanges([0, 15, 40], [10, 20, 50], 3, 5)).toEqual([
      { start: 0, end: 20, from: 0, to: 2 },
      { start: 40, end: 50, from: 2, to: 3 },
    ]);
    expect(planRanges([0, 5], [20, 8], 2, 0)).toEqual([{ start: 0, end: 20, from: 0, to: 2 }]);
    expect(planRanges([0, 10, 20], [10, 20, 100], 3, 0, 20).map((p) => [p.start, p.end])).toEqual([
      [0, 20],
      [20, 100],
    ]);
    expect(planRanges([], [])).toEqual([]);
  });

  it('covers each wanted range once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(10_000), fc.nat(500)), { maxLength: 50 }), fc.nat(300), (wanted, gap) => {
        wanted.sort((a, b) => a[0] - b[0]);
        const starts = wanted.map(([start]) => start);
        const ends = wanted.map(([start, length]) => start + length);
        const plan = planRanges(starts, ends, starts.length, gap);
        let next = 0;
        for (const part of plan) {
          expect(part.from).toBe(next);
          for (let i = part.from; i < part.to; i++) expect(starts[i] >= part.start && ends[i] <= part.end).toBe(true);
          next = part.to;
        }
        expect(next).toBe(starts.length);
      }),
    );
  });

  it.skipIf(!existsSync(GOLDEN))('groups as Thanos does', () => {
    let cases = 0;
    for (const line of gunzipSync(readFileSync(GOLDEN)).toString('utf8').trim().split('\n')) {
      const golden = JSON.parse(line) as {
        kind: string;
        maxGap: number;
        ranges: [number, number][] | null;
        parts: { start: number; end: number; elements: [number, number] }[] | null;
      };
      if (golden.kind !== 'partition') continue;
      cases++;
      const ranges = golden.ranges ?? [];
      const plan = planRanges(
        ranges.map((r) => r[0]),
        ranges.map((r) => r[1]),
        ranges.length,
        golden.maxGap,
      );
      expect(plan.map((p) => ({ start: p.start, end: p.end, elements: [p.from, p.to] }))).toEqual(
        (golden.parts ?? []).map(({ start, end, elements }) => ({ start, end, elements })),
      );
    }
    expect(cases).toBeGreaterThan(50);
  });
});
