import { type FloatHistogram, Labels, type SampleColumns } from '@tsanos/model';
import { testContext } from '@tsanos/series/testing';
import { describe, expect, it } from 'vitest';
import { ALL_FEATURES } from '../parser/features.ts';
import { parse, parseMetricSelector } from '../parser/parse.ts';
import { printExpr } from '../printer/print.ts';
import { atEverywhere } from './at-everywhere.ts';
import type { ScriptAnswer, ScriptEngine, ScriptValue } from './engine.ts';
import { almostEqual } from './equality.ts';
import { MemoryStorage } from './memory-storage.ts';
import { parseScript } from './script-parser.ts';
import { runScript } from './script-runner.ts';

const series = (labels: Record<string, string>, value: number, t: number) => ({
  labels: Labels.from(labels),
  points: [{ t, value }],
});

/** An engine that answers every query with the same values, in the form that the query asks for. */
function fixed(answer: (t: number) => ScriptValue, notes: Partial<ScriptAnswer> = {}): ScriptEngine {
  return {
    query: (_, { start, end, step }) => {
      const value = answer(start);
      if (step === 0 || value.type !== 'vector') return Promise.resolve({ value, warnings: [], infos: [], ...notes });
      const times: number[] = [];
      for (let t = start; t <= end; t += step) times.push(t);
      const matrix = value.series.map(({ labels, points }) => ({
        labels,
        points: times.map((t) => ({ t, value: points[0].value })),
      }));
      return Promise.resolve({ value: { type: 'matrix', series: matrix }, warnings: [], infos: [], ...notes });
    },
  };
}

const one = fixed((t) => ({ type: 'vector', series: [series({ a: 'b' }, 1, t)] }));
const failing: ScriptEngine = { query: () => Promise.reject(new Error('no luck')) };

async function problems(script: string, engine = one): Promise<string[]> {
  const { failures } = await runScript('x.test', script, engine);
  return failures.map(({ line, expected, got }) => `${line}: ${expected} <> ${got}`);
}

describe('script runner', () => {
  it('passes what is as expected', async () => {
    expect(await problems('eval instant at 1m foo\n  {a="b"} 1\n')).toEqual([]);
    expect(await problems('eval range from 0 to 2m step 1m foo\n  {a="b"} 1 1 1\n')).toEqual([]);
    expect(
      await problems(
        'eval instant at 0 1\n  5\n',
        fixed(() => ({ type: 'scalar', value: 5.0000000001 })),
      ),
    ).toEqual([]);
    expect(
      await problems(
        'eval instant at 0 "x"\n  expect string `x`\n',
        fixed(() => ({ type: 'string', value: 'x' })),
      ),
    ).toEqual([]);
    expect(await problems('eval instant at 0 foo\n  expect fail msg: no luck\n', failing)).toEqual([]);
  });

  it('tells line, expectation and answer of what is not', async () => {
    expect(await problems('# note\neval instant at 1m foo\n  {a="b"} 2\n')).toEqual(['2: {a="b"} 2 <> {a="b"} 1']);
    expect(await problems('eval instant at 1m foo\n  {a="c"} 1\n')).toEqual(['1: no series {a="b"} <> {a="b"} 1']);
    expect(await problems('eval instant at 1m foo\n  {a="b"} 1\n  {a="c"} 1\n')).toEqual([
      '1: {a="c"} 1 <> no such series',
    ]);
    expect(await problems('eval range from 0 to 1m step 1m foo\n  {a="b"} 1 _\n')).toEqual([
      '1: {a="b"} 1@0 <> {a="b"} 1@0 1@60000',
    ]);
    expect(await problems('eval instant at 0 foo\n  expect fail regex: l.ck$\n')).toEqual([
      '1: error: /l.ck$/ <> an answer',
    ]);
    expect(await problems('eval instant at 0 foo\n', failing)).toEqual(['1: an answer <> error: no luck']);
    expect(await problems('eval instant at 0 foo\n  expect fail msg: luck\n', failing)).toEqual([
      '1: error: luck <> error: no luck',
    ]);
  });

  it('compares annotations only where a line asks for it', async () => {
    const warned = fixed((t) => ({ type: 'vector', series: [series({ a: 'b' }, 1, t)] }), { warnings: ['W (1:1)'] });
    expect(await problems('eval instant at 1m foo\n  {a="b"} 1\n', warned)).toEqual([]);
    expect(await problems('eval instant at 1m foo\n  expect warn regex: ^W\n  {a="b"} 1\n', warned)).toEqual([]);
    expect(await problems('eval instant at 1m foo\n  expect no_warn\n  {a="b"} 1\n', warned)).toEqual([
      '1: no warn <> W (1:1)',
    ]);
    expect(await problems('eval instant at 1m foo\n  expect warn msg: V\n', warned)).toEqual(['1: warn V <> W (1:1)']);
    expect(await problems('eval instant at 1m foo\n  expect info\n  {a="b"} 1\n', warned)).toEqual([
      '1: info (any) <> no info',
    ]);
  });

  it('runs instant evals at other times and within ranges', async () => {
    const seen: string[] = [];
    const engine: ScriptEngine = {
      query: (storage, query) => {
        seen.push(`${query.text} ${query.start}${query.step === 0 ? '' : `..${query.end}`}`);
        return one.query(storage, query);
      },
    };
    await problems('eval instant at 1m foo + 1\n  {a="b"} 1\n', engine);
    expect(seen.slice(0, 4)).toEqual([
      'foo + 1 60000',
      'foo + 1 0..120000',
      'foo @ 60.000 + 1 -600000',
      'foo @ 60.000 + 1 -660000..-540000',
    ]);
    expect(seen).toHaveLength(12);
  });

  it('reads scripts or names the line that it cannot read', () => {
    expect(
      parseScript('clear\n\nload 1m\n  a 1 2\n  b {{count:1}}x2\n\nload_with_nhcb 5m\n  a_bucket{le="1"} 1\n'),
    ).toMatchObject([
      { kind: 'clear', line: 1 },
      {
        kind: 'load',
        line: 3,
        stepMs: 60_000,
        series: [{ values: [1, 2] }, { values: [{ count: 1 }, { count: 1 }, { count: 1 }] }],
      },
      { kind: 'load', line: 7, withNhcb: true },
    ]);
    const cases: readonly (readonly [string, number, string])[] = [
      ['nonsense', 1, 'invalid command'],
      ['\nload 1x\n', 2, 'unknown unit'],
      ['load 1m\n  a 1 2 }\n', 2, 'parse error'],
      ['eval instant at 1m sum(', 1, 'unclosed left parenthesis'],
      ['eval instant at 1m a\n  expect sunshine\n', 2, 'invalid expect statement'],
      ['eval instant at 1m a\n  expect fail\n  expect fail\n', 3, 'multiple expect fail'],
      ['eval range from 5m to 1m step 1m a', 1, 'end timestamp is before start'],
      ['load 1m\n  a@st 0 0\n  a 1\n', 3, 'got 2 start timestamps for 1 values'],
    ];
    for (const [script, line, message] of cases) {
      expect(() => parseScript(script), script).toThrow(
        expect.objectContaining({ line, message: expect.stringContaining(message) as string }),
      );
    }
  });

  it('reads start timestamps', () => {
    const [load] = parseScript('load 1m\n  a@st _ -1m -2mx1 0-1sx2\n  a 1 2 3 4 5 6 7\n');
    expect(load).toMatchObject({
      series: [{ startOffsets: [undefined, -60_000, -120_000, -120_000, 0, -1000, -2000] }],
    });
  });
});

describe('memory storage', () => {
  it('gives the samples of matching series with the hints of chunks', async () => {
    const storage = new MemoryStorage();
    const labels = Labels.from({ __name__: 'h' });
    const histogram = (
      count: number,
      counterResetHint: FloatHistogram['counterResetHint'] = 'unknown',
    ): FloatHistogram => ({
      counterResetHint,
      schema: 0,
      zeroThreshold: 0,
      zeroCount: 0,
      count,
      sum: count,
      positiveSpans: [{ offset: 0, length: 1 }],
      negativeSpans: [],
      positiveBuckets: Float64Array.of(count),
      negativeBuckets: new Float64Array(0),
      customValues: undefined,
    });
    [histogram(1), histogram(2), histogram(1), histogram(3, 'gauge'), histogram(4)].forEach((value, i) =>
      storage.append(labels, i, value),
    );
    storage.append(Labels.from({ __name__: 'f' }), 1, 5, -7);
    storage.append(Labels.from({ __name__: 'f' }), 2, 'stale');
    const { SampleColumns: Columns } = await import('@tsanos/model');
    const read = async (selector: string): Promise<SampleColumns[]> => {
      const hints = { stepMs: 0, func: '', rangeMs: 0, grouping: [], by: false };
      const { batches, reader } = storage.select({ mint: 1, maxt: 10, matchers: parseMetricSelector(selector), hints });
      const out: SampleColumns[] = [];
      for await (const batch of batches) {
        for (let i = 0; i < batch.count; i++) {
          const columns = new Columns();
          reader.read(batch, i, i + 1, 1, 10, columns);
          out.push(columns);
        }
      }
      return out;
    };
    const [h] = await read('h');
    expect(h.h?.slice(0, h.n).map((value) => value?.counterResetHint)).toEqual([
      'not_reset',
      'unknown',
      'gauge',
      'unknown',
    ]);
    const [f, second] = await read('{__name__=~"f|h"}');
    expect([f.n, f.v[0], f.st?.[0], f.w[3]]).toEqual([2, 5, -7, 0x7ff00000]);
    expect(second.n).toBe(4);
    expect(await read('nosuch')).toEqual([]);
    expect(testContext().cancel.cancelled).toBe(false);
  });
});

describe('helpers', () => {
  it('compare floats to six digits', () => {
    expect(almostEqual(1, 1 + 1e-7)).toBe(true);
    expect(almostEqual(1, 1 + 1e-5)).toBe(false);
    expect(almostEqual(Number.NaN, Number.NaN)).toBe(true);
    expect(almostEqual(0, 1e-300)).toBe(false);
    expect(almostEqual(Infinity, Infinity)).toBe(true);
  });

  it('put @ on selectors and subqueries, not inside those', () => {
    const at = (text: string): string | undefined => {
      const expr = atEverywhere(parse(text, ALL_FEATURES), 5000);
      return expr && printExpr(expr);
    };
    expect(at('sum(foo offset 1m) + bar @ 3')).toBe('sum(foo @ 5.000 offset 1m) + bar @ 3.000');
    expect(at('rate(foo[5m])')).toBe('rate(foo[5m] @ 5.000)');
    expect(at('max_over_time(foo[5m:1m])')).toBe('max_over_time(foo[5m:1m] @ 5.000)');
    expect(at('foo + time()')).toBeUndefined();
  });
});
