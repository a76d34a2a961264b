import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeLabels,
  formatFloat,
  formatTimestamp,
  histogramToJson,
  Labels,
  type FloatHistogram,
} from '@tsanos/model';
import { FloatText } from './float-text.ts';
import { FLOAT_POINT, HISTOGRAM_POINT, JsonWriter } from './json-writer.ts';

const decoder = new TextDecoder();
const RUNS = 30_000 * Number(process.env['TSANOS_SOAK'] ?? 1);

describe('float text', () => {
  const floats = new FloatText();
  const text = (x: number): string => decoder.decode(floats.one(x));

  it('what is special, and where the forms change', () => {
    expect(
      [
        0,
        -0,
        NaN,
        Infinity,
        -Infinity,
        1e21,
        999999999999999900000,
        1e-6,
        9.99e-7,
        5e-324,
        1.7976931348623157e308,
        -1e-7,
        1e100,
      ].map(text),
    ).toEqual([
      '0',
      '-0',
      'NaN',
      '+Inf',
      '-Inf',
      '1e+21',
      '999999999999999900000',
      '0.000001',
      '9.99e-07',
      '5e-324',
      '1.7976931348623157e+308',
      '-1e-07',
      '1e+100',
    ]);
  });
  it('every power of two and of ten, and their neighbours', () => {
    const view = new DataView(new ArrayBuffer(8));
    for (const x of [
      ...Array.from({ length: 2098 }, (_, i) => 2 ** (i - 1074)),
      ...Array.from({ length: 632 }, (_, i) => Number(`1e${i - 323}`)),
    ]) {
      view.setFloat64(0, x);
      for (const step of [-1n, 0n, 1n]) {
        const near = new Float64Array(BigUint64Array.of(view.getBigUint64(0) + step).buffer)[0];
        expect(text(near)).toBe(formatFloat(near));
      }
    }
  });
  it('any float, decimals and whole numbers are as in JavaScript', () => {
    let seed = 0x2545f491;
    const next = (): number => {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      return seed >>> 0;
    };
    const view = new DataView(new ArrayBuffer(8));
    const wrong: string[] = [];
    for (let i = 0; i < RUNS; i++) {
      view.setUint32(0, next());
      view.setUint32(4, next());
      for (const x of [
        view.getFloat64(0),
        next() / 1000,
        next() / 4294967296,
        next() * next(),
        (next() % 100_000) / 1e4,
        1 / next(),
        -next(),
      ]) {
        if (text(x) !== formatFloat(x)) wrong.push(`${x} gives ${text(x)}`);
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
  });
});

const histogram: FloatHistogram = {
  counterResetHint: 'unknown',
  schema: 0,
  zeroThreshold: 0.001,
  zeroCount: 2,
  count: 10.5,
  sum: 1e-7,
  positiveSpans: [{ offset: 0, length: 3 }],
  negativeSpans: [{ offset: 1, length: 1 }],
  positiveBuckets: Float64Array.of(1, 0, 3),
  negativeBuckets: Float64Array.of(4.5),
  customValues: undefined,
};

describe('json writer', () => {
  it('rows: only points that are there, histograms after floats', () => {
    const labels = encodeLabels(Labels.from({ __name__: 'x', a: '"\\\n\r\t\u0001\u2028<é' }));
    const times = Float64Array.of(0, 1500, 60_000, -1, 1_700_000_000_001);
    const mask = Uint8Array.of(FLOAT_POINT, 0, HISTOGRAM_POINT, FLOAT_POINT, FLOAT_POINT);
    const json = new JsonWriter(1).matrixRow(
      labels,
      0,
      labels.length,
      times,
      Float64Array.of(1, 2, 0, -0, 1e22),
      mask,
      [undefined, undefined, histogram],
    );
    const metric = '{"__name__":"x","a":"\\"\\\\\\n\\r\\t\\u0001\u2028<é"}';
    expect(decoder.decode(json.view())).toBe(
      `{"metric":${metric},"values":[[0,"1"],[-0.001,"-0"],[1700000000.001,"1e+22"]],"histograms":[[60,${JSON.stringify(histogramToJson(histogram))}]]}`,
    );
  });
  it('rows of nothing, and of histograms only', () => {
    const labels = encodeLabels([]);
    const times = Float64Array.of(0);
    const empty = new JsonWriter().matrixRow(labels, 0, 0, times, Float64Array.of(1), Uint8Array.of(0));
    expect(decoder.decode(empty.view())).toBe('{"metric":{}}');
    const only = new JsonWriter().matrixRow(labels, 0, 0, times, Float64Array.of(1), Uint8Array.of(HISTOGRAM_POINT), [
      histogram,
    ]);
    expect(Object.keys(JSON.parse(decoder.decode(only.view())) as object)).toEqual(['metric', 'histograms']);
  });
  it('samples of vectors', () => {
    const labels = encodeLabels(Labels.from({ job: 'a' }));
    const json = new JsonWriter()
      .vectorSample(labels, 0, labels.length, 1234, 0.5)
      .ascii(',')
      .vectorSample(labels, 0, labels.length, 2000, histogram);
    expect(decoder.decode(json.finish())).toBe(
      `{"metric":{"job":"a"},"value":[1.234,"0.5"]},{"metric":{"job":"a"},"histogram":[2,${JSON.stringify(histogramToJson(histogram))}]}`,
    );
  });
  it('rows longer than the working memory, and writers that take turns', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: -1000, max: 1000 }),
        fc.nat(1000),
        (n, start, step) => {
          const writers = [new JsonWriter(), new JsonWriter()];
          const times = [0, 1].map((shift) => Float64Array.from({ length: n }, (_, i) => start + shift + i * step));
          const values = Float64Array.from({ length: n }, (_, i) => i / 7);
          const mask = Uint8Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 0 : 1));
          for (const round of [0, 1]) {
            for (const which of [0, 1]) {
              writers[which].clear();
              writers[which].writePoints(times[which], values, mask);
              const want: string[] = [];
              for (let i = 0; i < n; i++)
                if (mask[i] === 1) want.push(`[${formatTimestamp(times[which][i])},"${formatFloat(values[i])}"]`);
              expect(decoder.decode(writers[which].view()), `round ${round}`).toBe(want.join(','));
            }
          }
        },
      ),
      { numRuns: 20 },
    );
  });
  it('the module is made from the source that is here', async () => {
    const { createHash } = await import('node:crypto');
    const source = readFileSync(new URL('../../assembly/float-text.ts', import.meta.url));
    const made = readFileSync(new URL('../generated/float-text.wasm.ts', import.meta.url), 'utf8');
    expect(made).toContain(createHash('sha256').update(source).digest('hex').slice(0, 16));
  });
});
