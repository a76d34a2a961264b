import { SampleColumns, STALE_HI, STALE_LO } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { type GoldenSample, columnsOfGolden, goldenOfColumns, timesOfGolden } from '../testing/golden-samples.ts';
import { goldenPath, readJsonLines } from '../testing/golden.ts';
import { decodeXor } from './xor-decode.ts';
import { decodeXorExact } from './xor-decode-exact.ts';
import { encodeXorExact } from './xor-encode-exact.ts';
import { encodeXor } from './xor-encode.ts';

interface Vector {
  name: string;
  samples: GoldenSample[];
  chunks: { bytes: string; numSamples: number; read?: GoldenSample[] }[];
}

/** Worked examples of the format's page: samples and the chunk in hex. */
const examples: [GoldenSample[], string][] = [
  [
    [
      [1000, '3ff0000000000000'],
      [16000, '3ff0000000000000'],
      [31000, '4000000000000000'],
    ],
    '0003d00f3ff000000000000098753097ffc0',
  ],
  [
    [
      [1000, '3ff0000000000000'],
      [16000, '3ff0000000000000'],
      [31000, '4000000000000000'],
      [46001, '4000000000000000'],
      [61000, '4004000000000000'],
    ],
    '0005d00f3ff000000000000098753097ffe00057ffdb4180',
  ],
  [
    [
      [1700000000000, '4028000000000000'],
      [1700000015000, '4028000000000000'],
      [1700000030000, '4038000000000000'],
      [1700000045005, '7ff0000000000002'],
    ],
    '000480a0abfef962402800000000000098753583 8005c5eff900000000000040'.replace(' ', ''),
  ],
];

function decode(hexOrBytes: Uint8Array): [number, string][] {
  const out = new SampleColumns(4);
  decodeXor(hexOrBytes, 0, hexOrBytes.length, out);
  return goldenOfColumns(out);
}

function isSafe(samples: readonly GoldenSample[]): boolean {
  return samples.every(([t]) => typeof t === 'number');
}

describe('XOR chunks', () => {
  it.each(examples)('encodes and decodes the worked example %#', (samples, hex) => {
    const columns = columnsOfGolden(samples);
    expect(Buffer.from(encodeXor(columns.t, columns.w, 0, columns.n)).toString('hex')).toBe(hex);
    expect(decode(Buffer.from(hex, 'hex'))).toEqual(samples);
  });

  it('decodes in the middle of a buffer without touching its neighbours', () => {
    const chunk = Buffer.from(examples[1][1], 'hex');
    const buf = new Uint8Array(300).fill(0xff);
    buf.set(chunk, 17);
    const out = new SampleColumns(1);
    decodeXor(buf, 17, chunk.length, out);
    decodeXor(buf, 17, chunk.length, out);
    expect(goldenOfColumns(out)).toEqual([...examples[1][0], ...examples[1][0]]);
    expect(() => decodeXor(buf, 17, chunk.length - 1, out)).toThrow(/ends after 4 good samples/);
    expect(out.n).toBe(14);
  });

  it('keeps the bits of stale markers and other NaNs once the code is hot', () => {
    const n = 120;
    const columns = new SampleColumns(n);
    for (let i = 0; i < n; i++) {
      columns.t[i] = 1.7e12 + i * 15000 + (i % 7);
      if (i % 10 === 3) columns.w.set([STALE_LO, STALE_HI], 2 * i);
      else if (i % 10 === 4) columns.w.set([i, 0x7ff80000 | i], 2 * i);
      else columns.v[i] = i * 1.37;
    }
    const wanted = columns.w.slice();
    const out = new SampleColumns(n);
    for (let round = 0; round < 3000; round++) {
      const chunk = encodeXor(columns.t, columns.w, 0, n);
      out.clear();
      decodeXor(chunk, 0, chunk.length, out);
      if (round % 500 === 0 || round === 2999) expect(out.w).toEqual(wanted);
    }
  });

  it('encodes an empty and a full chunk', () => {
    const n = 65535;
    const columns = new SampleColumns(n);
    for (let i = 0; i < n; i++) columns.t[i] = i * 1000;
    expect(encodeXor(columns.t, columns.w, 5, 5)).toEqual(new Uint8Array(2));
    const chunk = encodeXor(columns.t, columns.w, 0, n);
    expect(decode(chunk).length).toBe(n);
    expect(() => encodeXor(new Float64Array(n + 1), columns.w, 0, n + 1)).toThrow(/65536 samples/);
  });

  it('refuses times that are not exact numbers', () => {
    expect(() => encodeXor(Float64Array.of(2 ** 60), new Int32Array(2), 0, 1)).toThrow(/beyond/);
    expect(() => encodeXor(Float64Array.of(0, Number.NaN), new Int32Array(4), 0, 2)).toThrow(/beyond/);
  });
});

const path = goldenPath('tsdb/chunks/xor.jsonl.gz');
describe.skipIf(path === undefined)('XOR chunks made by Prometheus', () => {
  const vectors = path === undefined ? [] : (readJsonLines(path) as Vector[]);

  it('decodes every vector', () => {
    for (const { name, samples, chunks } of vectors) {
      const [chunk] = chunks;
      const wanted = (chunk.read ?? samples).map(([t, v]) => [Number(t), v]);
      const bytes = Buffer.from(chunk.bytes, 'base64');
      expect([name, decode(bytes)]).toEqual([name, wanted]);
      const exact = new SampleColumns();
      decodeXorExact(bytes, 0, bytes.length, exact);
      expect([name, goldenOfColumns(exact)]).toEqual([name, wanted]);
    }
    expect(vectors.length).toBeGreaterThan(400);
  });

  it('encodes every vector to the same bytes', () => {
    let done = 0;
    for (const { name, samples, chunks } of vectors) {
      const columns = columnsOfGolden(samples);
      const exact = encodeXorExact(timesOfGolden(samples).t, columns.w, 0, columns.n);
      expect([name, Buffer.from(exact).toString('base64')]).toEqual([name, chunks[0].bytes]);
      if (!isSafe(samples)) continue;
      const bytes = encodeXor(columns.t, columns.w, 0, columns.n);
      expect([name, Buffer.from(bytes).toString('base64')]).toEqual([name, chunks[0].bytes]);
      done++;
    }
    expect(done).toBeGreaterThan(400);
  });
});
