import { SampleColumns, type FloatHistogram } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { type GoldenHistogram, type GoldenSample, floatHistogramOf, hexAt } from '../testing/golden-samples.ts';
import { goldenPath, readJsonLines } from '../testing/golden.ts';
import { decodeWhole } from './decode.ts';

interface Vector {
  name: string;
  encoding: number;
  samples: GoldenSample[];
  steps?: string;
  chunks: { bytes: string; numSamples: number; read?: GoldenSample[] }[];
}

/** Time, bits of the sum, histogram (with the sum blanked, as it is compared by its bits), start timestamp. */
type Plain = [t: number, sum: string, FloatHistogram, st: number];

function plainOfGolden(samples: readonly GoldenSample[]): Plain[] {
  return samples.map(([t, h, st]) => [Number(t), (h as GoldenHistogram).sum, { ...floatHistogramOf(h as GoldenHistogram), sum: 0 }, Number(st ?? 0)]);
}

function decode(bytes: Uint8Array, encoding: number): Plain[] {
  const out = new SampleColumns(1);
  decodeWhole(bytes, 0, bytes.length, encoding, out);
  return Array.from({ length: out.n }, (_, i) => [out.t[i], hexAt(out.w, i), { ...(out.h?.[i] as FloatHistogram), sum: 0 }, out.st?.[i] ?? 0]);
}

const files = ['histogram', 'floathistogram', 'histogram_st', 'floathistogram_st'];
describe.each(files)('chunks of %s made by Prometheus', (file) => {
  const path = goldenPath(`tsdb/chunks/${file}.jsonl.gz`);
  const vectors = path === undefined ? [] : (readJsonLines(path) as Vector[]);

  it.skipIf(path === undefined)('decode equal', () => {
    for (const { name, encoding, samples, chunks } of vectors) {
      let at = 0;
      for (const { bytes, numSamples, read } of chunks) {
        const wanted = read ?? samples.slice(at, at + numSamples);
        at += numSamples;
        expect([name, decode(Buffer.from(bytes, 'base64'), encoding)]).toEqual([name, plainOfGolden(wanted)]);
      }
    }
    expect(vectors.length).toBeGreaterThan(300);
  });
});
