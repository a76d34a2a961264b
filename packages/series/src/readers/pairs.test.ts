import { SampleColumns, type FloatHistogram } from '@tsanos/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { staleHistogram } from '../chunkenc/histogram-decode.ts';
import { comparable } from '../testing/golden-thanos.ts';
import { chainMerge } from './chain-merge.ts';
import { chainPair } from './chain-pair.ts';
import { setHistogram, truncate } from './columns-ops.ts';
import { penaltyMerge } from './penalty-merge.ts';
import { penaltyPairCounter } from './penalty-pair-counter.ts';
import { penaltyPair } from './penalty-pair.ts';

const seed = Number(process.env.TSANOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const runs = { numRuns: Math.ceil(3000 * Number(process.env.TSANOS_SOAK ?? '0.1')), seed };
console.log(`pair merges: TSANOS_SEED=${seed}`);

const column = fc.array(
  fc.tuple(
    fc.constantFrom(1, 2, 15_000, 15_000, 4_000, 60_000),
    fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(Number.NaN)),
  ),
  { maxLength: 60 },
);

function columnsOf(list: readonly [number, number][]): SampleColumns {
  const out = new SampleColumns(list.length + 1);
  let t = 0;
  for (const [step, value] of list) {
    t += step;
    out.t[out.n] = t;
    out.v[out.n++] = value;
  }
  return out;
}

/** The same with a histogram far behind everything, so that the general way is taken. */
function withHistogram(columns: SampleColumns): SampleColumns {
  const h: FloatHistogram = staleHistogram();
  columns.reserve(1);
  columns.t[columns.n] = 1e13;
  columns.v[columns.n] = 0;
  setHistogram(columns, columns.n++, h);
  return columns;
}

/** What the general way gives for plain columns. */
function general(
  a: [number, number][],
  b: [number, number][],
  merge: (x: SampleColumns, y: SampleColumns, out: SampleColumns) => void,
): unknown {
  const out = new SampleColumns();
  merge(withHistogram(columnsOf(a)), withHistogram(columnsOf(b)), out);
  while (out.n > 0 && out.t[out.n - 1] === 1e13) truncate(out, out.n - 1);
  return comparable(out);
}

function fast(
  a: [number, number][],
  b: [number, number][],
  merge: (x: SampleColumns, y: SampleColumns, out: SampleColumns) => void,
): unknown {
  const out = new SampleColumns(1);
  merge(columnsOf(a), columnsOf(b), out);
  return comparable(out);
}

describe('merges of two plain columns equal the general ones', () => {
  it('chain', () => {
    fc.assert(
      fc.property(column, column, (a, b) => {
        expect(fast(a, b, chainPair)).toEqual(general(a, b, (x, y, out) => chainMerge([x, y], out)));
      }),
      runs,
    );
  });

  it.each([false, true])('penalty, counter %j', (counter) => {
    fc.assert(
      fc.property(column, column, (a, b) => {
        const pair = counter ? penaltyPairCounter : penaltyPair;
        // One side ending early changes penalties, so both end alike: behind everything.
        const one = [...a, [2e12, 1]] as [number, number][];
        const two = [...b, [2e12, 1]] as [number, number][];
        const wanted = general(one, two, (x, y, out) => penaltyMerge(x, y, out, counter));
        expect(fast(one, two, (x, y, out) => pair(x, y, out, 5000))).toEqual(wanted);
      }),
      runs,
    );
  });
});
