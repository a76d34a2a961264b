import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  BucketList,
  addHistograms,
  compactHistogram,
  compensated,
  detectReset,
  divHistogram,
  equalHistograms,
  histogramToJson,
  histogramToString,
  kahanAddHistogram,
  mulHistogram,
  reduceResolution,
  settle,
  subHistograms,
  toFloatHistogram,
  trimHistogram,
  validateFloatHistogram,
  validateHistogram,
  type CounterResetHint,
  type FloatHistogram,
} from './index.ts';
import { goldenAvailable, goldenLines } from './testing/index.ts';

interface Packed {
  kind?: 'int' | 'float';
  counterResetHint: CounterResetHint;
  schema: number;
  zeroThreshold: string;
  zeroCount: string | number;
  count: string | number;
  sum: string;
  positiveSpans: [number, number][];
  negativeSpans: [number, number][];
  positiveBuckets: (string | number)[];
  negativeBuckets: (string | number)[];
  customValues: string[] | null;
}

function fromBits(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, parseInt(bits.slice(0, 8), 16));
  view.setUint32(4, parseInt(bits.slice(8), 16));
  return view.getFloat64(0);
}

function unpack(p: Packed): FloatHistogram {
  const number = (x: string | number): number =>
    typeof x === 'number' ? x : p.kind === 'int' ? Number(x) : fromBits(x);
  const spans = (list: [number, number][]): { offset: number; length: number }[] =>
    (list ?? []).map(([offset, length]) => ({ offset, length }));
  const custom = p.customValues ?? [];
  return {
    counterResetHint: p.counterResetHint,
    schema: p.schema,
    zeroThreshold: fromBits(p.zeroThreshold),
    zeroCount: number(p.zeroCount),
    count: number(p.count),
    sum: fromBits(p.sum),
    positiveSpans: spans(p.positiveSpans),
    negativeSpans: spans(p.negativeSpans),
    positiveBuckets: Float64Array.from(p.positiveBuckets ?? [], number),
    negativeBuckets: Float64Array.from(p.negativeBuckets ?? [], number),
    customValues: p.schema === -53 || custom.length > 0 ? Float64Array.from(custom, fromBits) : undefined,
  };
}

interface Case {
  a: Packed;
  b: Packed;
  limit: string;
  string: string;
  buckets: [string, string, string, boolean, boolean][];
  compact: Packed;
  equal: boolean;
  reset: boolean;
  reset2: boolean;
  upper: Packed;
  lower: Packed;
  mul: Packed;
  div: Packed;
  add: [Packed, boolean, boolean];
  sub: [Packed, boolean, boolean];
  others: Packed[];
  kahanCount: string[];
  kahanSum: string[];
  kahanZero: string[];
  kahan: Packed;
}

const path =
  process.env['TSANOS_HISTOGRAMS'] ?? fileURLToPath(new URL('testdata/histogram-arithmetic.jsonl.gz', import.meta.url));

/** Made by Prometheus 3.14's own histogram package from random histograms. */
function cases(): Case[] {
  const raw = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(raw) : raw)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);
}

function plain(h: FloatHistogram): unknown {
  const show = (n: number): number | string => (Object.is(n, -0) ? 0 : Number.isNaN(n) ? 'NaN' : n);
  const c = h;
  const spans = (list: readonly { offset: number; length: number }[]): unknown[] => {
    const out: { offset: number; length: number }[] = [];
    let moved = 0;
    for (const s of list) {
      if (s.length === 0) moved += s.offset;
      else if (out.length > 0 && s.offset + moved === 0) out[out.length - 1].length += s.length;
      else {
        out.push({ offset: s.offset + moved, length: s.length });
        moved = 0;
      }
    }
    return out;
  };
  return {
    hint: c.counterResetHint,
    schema: c.schema,
    zt: show(c.zeroThreshold),
    zc: show(c.zeroCount),
    count: show(c.count),
    sum: show(c.sum),
    ps: spans(c.positiveSpans),
    ns: spans(c.negativeSpans),
    p: Array.from(c.positiveBuckets, show),
    n: Array.from(c.negativeBuckets, show),
    custom: Array.from(c.customValues ?? []),
  };
}

describe('histogram arithmetic against Prometheus', () => {
  it('every operation, to the last bit', () => {
    const list = new BucketList();
    for (const [i, row] of cases().entries()) {
      const a = unpack(row.a);
      const b = unpack(row.b);
      const before = JSON.stringify([plain(a), plain(b)]);
      const limit = fromBits(row.limit);
      const same = (got: FloatHistogram, want: Packed, what: string): void =>
        expect(plain(got), `${what} of case ${i}`).toEqual(plain(unpack(want)));
      expect(histogramToString(a), `string of case ${i}`).toBe(row.string);
      list.fill(a);
      const got = Array.from({ length: list.n }, (_, j) => [
        list.lower[j],
        list.upper[j],
        list.count[j],
        list.lowerInclusive[j] === 1,
        list.upperInclusive[j] === 1,
      ]);
      expect(got, `buckets of case ${i}`).toEqual(
        row.buckets.map(([l, u, c, x, y]) => [fromBits(l), fromBits(u), fromBits(c), x, y]),
      );
      same(compactHistogram(a), row.compact, 'compact');
      expect(equalHistograms(a, b), `equal of case ${i}`).toBe(row.equal);
      expect(detectReset(a, b), `reset of case ${i}`).toBe(row.reset);
      expect(detectReset(b, a), `reset of case ${i}, reversed`).toBe(row.reset2);
      same(trimHistogram(a, limit, 'upper'), row.upper, 'upper trim');
      same(trimHistogram(a, limit, 'lower'), row.lower, 'lower trim');
      same(mulHistogram(a, limit), row.mul, 'product');
      same(divHistogram(a, limit), row.div, 'quotient');
      for (const [what, sum, want] of [
        ['sum', addHistograms(a, b), row.add],
        ['difference', subHistograms(a, b), row.sub],
      ] as const) {
        same(compactHistogram(sum.histogram), want[0], what);
        expect([sum.counterResetCollision, sum.boundsReconciled], `${what} of case ${i}`).toEqual(want.slice(1));
      }
      let running = compensated(a);
      for (const other of row.others) running = kahanAddHistogram(running, unpack(other));
      expect(
        [
          running.histogram.count,
          running.rest.count,
          running.histogram.sum,
          running.rest.sum,
          running.histogram.zeroCount,
          running.rest.zeroCount,
        ],
        `compensated ${i}`,
      ).toEqual([...row.kahanCount, ...row.kahanSum, ...row.kahanZero].map(fromBits));
      same(compactHistogram(settle(running)), row.kahan, 'compensated sum');
      expect(JSON.stringify([plain(a), plain(b)]), 'inputs stay').toBe(before);
    }
  });
  it('resolution: refuses more of it', () => {
    expect(() => reduceResolution(unpack(cases()[0].a), 9)).toThrow(/cannot reduce resolution/);
  });
});

describe.skipIf(!goldenAvailable())('golden histograms', () => {
  it('texts', () => {
    for (const row of goldenLines<{ histogram: Packed; json: unknown; string: string; valid: string }>(
      'tsdb',
      'values',
      'histogram-to-json.jsonl.gz',
    )) {
      const h = unpack(row.histogram);
      const float = row.histogram.kind === 'int' ? toFloatHistogram(h) : h;
      expect(histogramToJson(float)).toEqual(row.json);
      expect(histogramToString(float)).toBe(row.string);
      expect((row.histogram.kind === 'int' ? validateHistogram(h) : validateFloatHistogram(h)) ?? '').toBe(row.valid);
    }
  });
  it('validation', () => {
    const wrong: string[] = [];
    for (const row of goldenLines<{ about: string; histogram: Packed; error: string }>(
      'tsdb',
      'values',
      'histogram-validate.jsonl',
    )) {
      const h = unpack(row.histogram);
      const got = (row.histogram.kind === 'int' ? validateHistogram(h) : validateFloatHistogram(h)) ?? '';
      if (got !== row.error) wrong.push(`${row.about}: ${got} | ${row.error}`);
    }
    expect(wrong).toEqual([]);
  });
});
