import { SampleColumns, type FloatHistogram, type Histogram } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import {
  type GoldenHistogram,
  type GoldenSample,
  floatHistogramOf,
  hexAt,
  intHistogramOf,
  storeHex,
} from '../testing/golden-samples.ts';
import { goldenPath, readJsonLines } from '../testing/golden.ts';
import { decodeWhole } from './decode.ts';
import { HistogramAppender, type HistogramStep } from './histogram-appender.ts';
import { encodeHistogramChunk } from './histogram-encode.ts';
import { EMPTY_LAYOUT } from './histogram-layout.ts';

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
  return samples.map(([t, h, st]) => [
    Number(t),
    (h as GoldenHistogram).sum,
    { ...floatHistogramOf(h as GoldenHistogram), sum: 0 },
    Number(st ?? 0),
  ]);
}

function decode(bytes: Uint8Array, encoding: number): Plain[] {
  const out = new SampleColumns(1);
  decodeWhole(bytes, 0, bytes.length, encoding, out);
  return Array.from({ length: out.n }, (_, i) => [
    out.t[i],
    hexAt(out.w, i),
    { ...(out.h?.[i] as FloatHistogram), sum: 0 },
    out.st?.[i] ?? 0,
  ]);
}

const LETTERS: Readonly<Record<HistogramStep, string>> = { appended: 'a', recoded: 'r', 'new-chunk': 'n' };
const EMPTY = { hint: 'unknown', layout: EMPTY_LAYOUT, samples: [] } as const;

/** The histogram of its own kind; undefined where an integer passes 2^53. */
function histogramOf(g: GoldenHistogram): Histogram | FloatHistogram | undefined {
  return g.kind === 'int' ? intHistogramOf(g) : floatHistogramOf(g);
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

  it.skipIf(path === undefined)('are written alike, with the same steps', () => {
    let skipped = 0;
    for (const { name, encoding, samples, steps, chunks } of vectors) {
      const appender = new HistogramAppender(file.startsWith('float') ? 'float' : 'int', { startTimes: encoding > 4 });
      const histograms = samples.map(([, h]) => histogramOf(h as GoldenHistogram));
      if (histograms.includes(undefined)) {
        skipped++;
        continue;
      }
      const words = new Int32Array(2);
      const done = samples.map(([t, h, st], i) => {
        storeHex(words, 0, (h as GoldenHistogram).sum);
        return LETTERS[
          appender.append({
            t: BigInt(t),
            st: BigInt(st ?? 0),
            sumHi: words[1],
            sumLo: words[0],
            histogram: histograms[i] as Histogram,
          })
        ];
      });
      const written = appender
        .finish()
        .map(({ bytes, count }) => ({ bytes: Buffer.from(bytes).toString('base64'), numSamples: count }));
      const empty = [
        { bytes: Buffer.from(encodeHistogramChunk(EMPTY, false, encoding > 4)).toString('base64'), numSamples: 0 },
      ];
      const wanted = chunks.map(({ bytes, numSamples }) => ({ bytes, numSamples }));
      expect([name, samples.length === 0 ? empty : written]).toEqual([name, wanted]);
      // Prometheus counts the first sample of the first chunk as appended.
      if (steps !== undefined && steps !== '') expect([name, ['a', ...done.slice(1)].join('')]).toEqual([name, steps]);
    }
    expect(skipped).toBeLessThan(vectors.length / 20);
  });
});
