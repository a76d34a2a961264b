import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planChunkReads } from './chunk-plan.ts';

const options = { gapBytes: 100, maxRangeBytes: 1000, estimateBytes: 50, segmentSizes: [10_000, 10_000] };

describe('planChunkReads', () => {
  it('reads neighbours as one and cuts at segments, gaps and sizes', () => {
    const plan = planChunkReads(Uint32Array.of(0, 0, 0, 1, 1), Uint32Array.of(8, 20, 500, 8, 9_990), 5, options);
    expect(plan.ranges).toEqual([
      { segment: 0, start: 8, end: 70 },
      { segment: 0, start: 500, end: 550 },
      { segment: 1, start: 8, end: 58 },
      { segment: 1, start: 9_990, end: 10_000 },
    ]);
    expect([...plan.rangeOf]).toEqual([0, 0, 1, 2, 3]);
  });

  it('covers every chunk up to the next one or the estimate, whatever the order', () => {
    const ref = fc.tuple(fc.nat(1), fc.integer({ min: 8, max: 9_000 }));
    fc.assert(
      fc.property(fc.array(ref, { minLength: 1, maxLength: 80 }), (refs) => {
        const segments = Uint32Array.from(refs, (r) => r[0]);
        const offsets = Uint32Array.from(refs, (r) => r[1]);
        const plan = planChunkReads(segments, offsets, refs.length, options);
        refs.forEach(([segment, offset], i) => {
          const range = plan.ranges[plan.rangeOf[i]];
          const later = refs.filter((r) => r[0] === segment && r[1] > offset).map((r) => r[1]);
          expect(range.segment).toBe(segment);
          expect(range.start).toBeLessThanOrEqual(offset);
          expect(range.end).toBeGreaterThanOrEqual(Math.min(offset + 50, ...later));
          expect(range.end - range.start).toBeLessThanOrEqual(1000);
        });
      }),
    );
  });
});
