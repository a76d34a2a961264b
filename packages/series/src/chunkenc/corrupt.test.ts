import { TsanosError } from '@tsanos/bytes';
import { SampleColumns } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { type GoldenHistogram, type GoldenSample, floatHistogramOf, hexAt } from '../testing/golden-samples.ts';
import { goldenPath, readJsonLines } from '../testing/golden.ts';
import { decodeWhole } from './decode.ts';

interface Vector {
  name: string;
  encoding: number;
  bytes: string;
  read: GoldenSample[];
  error: string;
  panic?: boolean;
  goodSamples: number;
  overread?: boolean;
}

/** Times, the bits of sums or values, and histograms, as text. */
function textOfGolden(samples: readonly GoldenSample[]): string[] {
  return samples.map(([t, v, st]) =>
    typeof v === 'string'
      ? `${Number(t)} ${v} ${Number(st ?? 0)}`
      : `${Number(t)} ${v.sum} ${Number(st ?? 0)} ${JSON.stringify(floatHistogramOf(v as GoldenHistogram))}`,
  );
}

function textOfColumns(out: SampleColumns): string[] {
  return Array.from({ length: out.n }, (_, i) => {
    const head = `${out.t[i]} ${hexAt(out.w, i)} ${out.st?.[i] ?? 0}`;
    const histogram = out.h?.[i];
    return histogram === undefined ? head : `${head} ${JSON.stringify(sorted(histogram))}`;
  });
}

/** The keys in the order in which the golden form has them. */
function sorted(h: NonNullable<SampleColumns['h']>[number] & object): object {
  const {
    counterResetHint,
    schema,
    zeroThreshold,
    zeroCount,
    count,
    sum,
    positiveSpans,
    negativeSpans,
    positiveBuckets,
    negativeBuckets,
    customValues,
  } = h;
  return {
    counterResetHint,
    schema,
    zeroThreshold,
    zeroCount,
    count,
    sum,
    positiveSpans,
    negativeSpans,
    positiveBuckets,
    negativeBuckets,
    customValues,
  };
}

const path = goldenPath('tsdb/chunks/corrupt.jsonl.gz');
describe.skipIf(path === undefined)('damaged chunks', () => {
  const vectors = path === undefined ? [] : (readJsonLines(path) as Vector[]);

  it('are read up to the damage, with an error for every cut', () => {
    let refused = 0;
    for (const v of vectors) {
      const what = `${v.name} ${v.encoding} ${v.bytes}`;
      const bytes = Buffer.from(v.bytes, 'base64');
      const out = new SampleColumns(1);
      let error: unknown;
      try {
        decodeWhole(bytes, 0, bytes.length, v.encoding, out);
      } catch (thrown) {
        error = thrown;
      }
      if (error !== undefined) {
        expect(error, what).toBeInstanceOf(TsanosError);
        expect((error as TsanosError).kind, what).toBe('corrupt');
      }
      if (v.name === 'truncated') expect(error, what).toBeDefined();
      // Prometheus' reader goes on over the end with zero bits, which may happen to give the right samples.
      if (v.name === 'truncated' && v.error !== '') expect(out.n, what).toBeGreaterThanOrEqual(v.goodSamples);
      const have = textOfColumns(out);
      const read = textOfGolden(v.read);
      if (v.name === 'truncated') {
        const good = Math.min(v.goodSamples, have.length);
        expect(have.slice(0, good), what).toEqual(read.slice(0, good));
      } else if (v.error === '' && v.overread !== true && v.panic !== true) {
        if (error === undefined) expect(have, what).toEqual(read);
        else {
          refused++;
          expect(have, what).toEqual(read.slice(0, have.length));
        }
      }
      // Nothing is allocated that the bytes do not allow.
      expect(out.t.length, what).toBeLessThanOrEqual(Math.max(2, 8 * bytes.length + 64));
    }
    expect(refused).toBeLessThan(60);
    expect(vectors.length).toBeGreaterThan(3000);
  });
});
