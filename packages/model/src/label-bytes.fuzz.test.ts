import { TsanosError } from '@tsanos/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLabelBytes, compareLabels, decodeLabels, encodeLabels, Labels } from './index.ts';

const numRuns = 3000 * Number(process.env['TSANOS_SOAK'] ?? 1);
const seed = Number(process.env['TSANOS_SEED'] ?? 20_261_125);
console.info(`label bytes: seed ${seed}`);

/** Few letters, so that neighbours share much; long and empty ones take the slow road. */
const word = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '￿'), maxLength: 12 }),
  fc.nat(300).map((n) => 'x'.repeat(n)),
);
const labels = fc
  .uniqueArray(fc.tuple(word, word), { selector: ([name]) => name, maxLength: 4 })
  .map((pairs) => [...Labels.from(pairs)]);

describe('order of labels in bytes', () => {
  it('is that of the labels, wherever the bytes lie', () => {
    fc.assert(
      fc.property(labels, labels, labels, fc.nat(9), fc.nat(9), (common, left, right, before, after) => {
        const a = Labels.from([...new Map([...left, ...common])]);
        const b = Labels.from([...new Map([...right, ...common])]);
        const [x, y] = [encodeLabels(a), encodeLabels(b)];
        const [p, q] = [new Uint8Array(before + x.length + after).fill(10), new Uint8Array(after + y.length).fill(10)];
        p.set(x, before);
        q.set(y, after);
        const want = Math.sign(compareLabels(a, b));
        expect(Math.sign(compareLabelBytes(p, before, x.length, q, after, y.length))).toBe(want);
        expect(Math.sign(compareLabelBytes(q, after, y.length, p, before, x.length))).toBe(0 - want);
      }),
      { numRuns, seed },
    );
  });

  it('of damaged bytes is an order or a corrupt error', () => {
    fc.assert(
      fc.property(labels, labels, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), (a, b, changes) => {
        const x = encodeLabels(a);
        const y = encodeLabels(b);
        for (const [at, value] of changes) if (x.length > 0) x[at % x.length] = value;
        try {
          expect(compareLabelBytes(x, 0, x.length, y, 0, y.length)).not.toBeNaN();
          decodeLabels(x);
        } catch (error) {
          if (!(error instanceof TsanosError) || error.kind !== 'corrupt') throw error;
        }
      }),
      { numRuns, seed },
    );
  });
});
