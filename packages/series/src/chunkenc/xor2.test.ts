import { SampleColumns } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { type GoldenSample, columnsOfGolden, hexAt, timesOfGolden } from '../testing/golden-samples.ts';
import { goldenPath, readJsonLines } from '../testing/golden.ts';
import { decodeXor2 } from './xor2-decode.ts';
import { encodeXor2 } from './xor2-encode.ts';

interface Vector {
  name: string;
  samples: GoldenSample[];
  chunks: { bytes: string; numSamples: number; read?: GoldenSample[] }[];
}

const STALE = '7ff0000000000002';
const ONE = '3ff0000000000000';
const TWO = '4000000000000000';
const THREE = '4008000000000000';

/** Worked examples of the format's page. */
const examples: [GoldenSample[], string][] = [
  [
    [
      [1000, ONE],
      [16000, ONE],
      [31000, TWO],
      [46001, TWO],
      [61001, STALE],
      [76001, THREE],
    ],
    '000600d00f3ff000000000000098755097fff0005bfffeb018',
  ],
  [
    [
      [1000, ONE, 500],
      [16000, ONE, 500],
      [31000, TWO, 500],
      [46000, TWO, 30000],
      [61000, THREE, 30000],
    ],
    '000583d00f3ff0000000000000e80798755097ffde3e8ac07f075300',
  ],
];

function decode(bytes: Uint8Array): GoldenSample[] {
  const out = new SampleColumns(2);
  decodeXor2(bytes, 0, bytes.length, out);
  const st = (i: number): number => out.st?.[i] ?? 0;
  return Array.from({ length: out.n }, (_, i) =>
    st(i) === 0 ? [out.t[i], hexAt(out.w, i)] : [out.t[i], hexAt(out.w, i), st(i)],
  );
}

function encode(samples: readonly GoldenSample[]): Uint8Array {
  const { t, st } = timesOfGolden(samples);
  return encodeXor2(t, columnsOfGolden(samples).w, st, 0, samples.length);
}

/** What reading gives back: rounded numbers, no start timestamp where it is 0. */
function plain(samples: readonly GoldenSample[]): GoldenSample[] {
  return samples.map(([t, v, st]) => (Number(st ?? 0) === 0 ? [Number(t), v] : [Number(t), v, Number(st)]));
}

describe('XOR2 chunks', () => {
  it.each(examples)('encodes and decodes the worked example %#', (samples, hex) => {
    expect(Buffer.from(encode(samples)).toString('hex')).toBe(hex);
    expect(decode(Buffer.from(hex, 'hex'))).toEqual(samples);
  });
});

const path = goldenPath('tsdb/chunks/xor2.jsonl.gz');
describe.skipIf(path === undefined)('XOR2 chunks made by Prometheus', () => {
  const vectors = path === undefined ? [] : (readJsonLines(path) as Vector[]);

  it('decodes every vector', () => {
    for (const { name, samples, chunks } of vectors) {
      expect([name, decode(Buffer.from(chunks[0].bytes, 'base64'))]).toEqual([name, plain(chunks[0].read ?? samples)]);
    }
    expect(vectors.length).toBeGreaterThan(600);
  });

  it('encodes every vector to the same bytes', () => {
    for (const { name, samples, chunks } of vectors) {
      expect([name, Buffer.from(encode(samples)).toString('base64')]).toEqual([name, chunks[0].bytes]);
    }
  });
});
