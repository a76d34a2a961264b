import { describe, expect, it } from 'vitest';
import { ALL_FEATURES } from '../parser/features.ts';
import { parse } from '../parser/parse.ts';
import { type PlanOptions, buildPlan, subqueryFrame } from './build.ts';
import { explainPlan } from './explain.ts';
import { foldConstants } from './fold-constants.ts';
import { markInvariant } from './mark-invariant.ts';
import { mergeSelections } from './merge-selections.ts';
import type { QueryPlan } from './nodes.ts';
import { planQuery } from './plan.ts';
import { projectLabels } from './project-labels.ts';
import { propagateMatchers } from './propagate-matchers.ts';
import { shardKey } from './shard-key.ts';

const RANGE: PlanOptions = { start: 1_000_000, end: 1_600_000, step: 60_000, lookback: 300_000, defaultStep: 60_000 };
const INSTANT: PlanOptions = { ...RANGE, end: RANGE.start, step: 0 };

function built(text: string, options = RANGE): QueryPlan {
  return buildPlan(parse(text, ALL_FEATURES), text, options);
}

/** The operators of a plan without the head and what is read. */
function operators(plan: QueryPlan): string[] {
  return explainPlan(plan)
    .split('\n')
    .slice(1)
    .filter((line) => !line.startsWith('read'))
    .map((line) => line.slice(2));
}

function reads(plan: QueryPlan): string[] {
  return explainPlan(plan)
    .split('\n')
    .filter((line) => line.startsWith('read'));
}

describe('building', () => {
  it("resolves times, drops parentheses and folds the query's own times", () => {
    expect(operators(built('((foo @ start() offset 1m)) + end()'))).toEqual([
      'binary +',
      '  select #0 at=1000000 offset=60000',
      '  number 1600',
    ]);
    expect(operators(built('step() + range()'))).toEqual(['binary +', '  number 60', '  number 600']);
    expect(operators(built('step()', INSTANT))).toEqual(['number 0']);
  });

  it('evaluates duration expressions', () => {
    expect(operators(built('foo[step() * 2] offset (range() / 3)'))).toEqual([
      'matrix range=120000',
      '  select #0 offset=200000',
    ]);
    expect(() => built('foo[5m - 6m]')).toThrow('4:11: duration must be greater than 0');
    expect(() => built('foo[min_of(step(), range())]', INSTANT)).toThrow('11:26: duration must be greater than 0');
    expect(() => built('foo offset (1h / step())', INSTANT)).toThrow('12:23: division by zero');
    expect(() => built('foo offset (1e9 ^ 1e9)')).toThrow('duration is NaN or infinite');
  });

  it.each([
    ['foo', '700001..1600000'],
    ['foo offset 5m', '400001..1300000'],
    ['foo @ 100', '-199999..100000'],
    ['rate(foo[1m])', '940001..1600000'],
    ['rate(foo[1m] anchored)', '640001..1600000'],
    ['rate(foo[1m] smoothed)', '640001..1900000'],
    ['foo smoothed', '700001..1900000'],
    ['foo[10m:1m]', '100001..1600000'],
    ['foo[10m:1m] offset 1m', '40001..1540000'],
    ['max_over_time(rate(foo[1m] offset 1m)[10m:1m] @ 2000)', '1280001..1940000'],
    ['sum_over_time(sum_over_time(foo[5m:1m] @ 2000)[10m:1m] offset 1h)', '1400001..2000000'],
  ])('reads %s from %s', (text, times) => {
    expect(reads(built(text))[0]).toContain(` ${times} `);
  });

  it('hints at functions, ranges and groups as Prometheus does', () => {
    expect(reads(built('sum by (a) (foo)'))[0]).toMatch(/func=sum range=0 step=60000 by=\(a\)$/);
    expect(reads(built('sum by (a) (rate(foo[5m]))'))[0]).toMatch(/func=rate range=300000 step=60000$/);
    expect(reads(built('sum(foo + bar)'))[0]).toMatch(/func=- range=0 step=60000$/);
    expect(reads(built('max_over_time(foo[10m:15s])'))[0]).toMatch(/func=max_over_time range=0 step=15000$/);
  });

  it('lays out the grids of subqueries', () => {
    const frame = { start: 1000, end: 1600, step: 100 };
    expect(subqueryFrame(frame, { offset: 0, at: undefined }, 500, 60)).toEqual({ start: 540, end: 1600, step: 60 });
    expect(subqueryFrame(frame, { offset: 0, at: undefined }, 400, 60)).toEqual({ start: 660, end: 1600, step: 60 });
    expect(subqueryFrame(frame, { offset: 0, at: undefined }, 400, 100)).toEqual({ start: 700, end: 1600, step: 100 });
    expect(subqueryFrame({ ...frame, end: 1650 }, { offset: 50, at: undefined }, 400, 100)).toEqual({
      start: 600,
      end: 1550,
      step: 100,
    });
    expect(subqueryFrame(frame, { offset: 10, at: 200 }, 500, 60)).toEqual({ start: -300, end: 190, step: 60 });
  });

  it('reads statistics only where no whole histogram is needed', () => {
    expect(operators(built('histogram_count(rate(h[5m]))'))[3]).toContain('stats-only');
    expect(explainPlan(built('histogram_count(rate(h[5m])) + h'))).toMatch(/stats-only[^#]*#1\n/);
    for (const text of [
      'histogram_sum(h >/ 1)',
      'histogram_quantile(0.5, histogram_sum(h))',
      'histogram_count(rate(h[5m:]))',
    ]) {
      expect(explainPlan(built(text)), text).not.toContain('stats-only');
    }
  });

  it('gives info the time of what it enriches', () => {
    expect(operators(built('info(rate(foo[5m] offset 1m), {a="b"})')).at(-1)).toBe('  select labels offset=60000');
  });
});

describe('passes', () => {
  it('fold arithmetic on numbers', () => {
    expect(operators(foldConstants(built('foo * (2 + 3 * -4)')))).toEqual(['binary *', '  select #0', '  number -10']);
    expect(operators(foldConstants(built('1 < bool 2')))).toEqual(['number 1']);
    expect(operators(foldConstants(built('2 ^ 3')))[0]).toBe('binary ^');
  });

  it('mark what has one value for all steps', () => {
    expect(operators(markInvariant(built('sum(foo @ 10) + bar')))).toEqual([
      'binary + one-to-one ignoring=()',
      '  once',
      '    aggregate sum',
      '      select #0 at=10000',
      '  select #1',
    ]);
    expect(operators(markInvariant(built('hour(foo @ 10)')))).toEqual([
      'call hour',
      '  once',
      '    select #0 at=10000',
    ]);
    expect(operators(markInvariant(built('timestamp(foo @ 10)')))[0]).toBe('once');
    expect(operators(markInvariant(built('sum_over_time((foo @ 10)[5m:1m])')))[2]).toBe('    once');
    expect(operators(markInvariant(built('pi() + 1')))[0]).toBe('once');
    expect(operators(markInvariant(built('time() + 1')))[0]).toBe('binary +');
  });

  it('tell selectors which labels their groups need', () => {
    const labels = (text: string): string | undefined =>
      /labels=\S+/.exec(explainPlan(projectLabels(built(text))))?.[0];
    expect(labels('sum by (a) (rate(foo[5m]))')).toBe('labels=(a)');
    expect(labels('sum without (a) (foo * 2)')).toBe('labels=!(__name__,a)');
    expect(labels('count(foo)')).toBe('labels=()');
    for (const text of [
      'topk by (a) (1, foo)',
      'sum by (a) (foo * bar)',
      'sum(label_replace(foo, "a", "$1", "b", ".*"))',
      'sum({a="b"})',
      'foo',
    ]) {
      expect(labels(text), text).toBeUndefined();
    }
  });

  it('hand matchers on to where no answer can change', () => {
    const read = (text: string): string[] =>
      propagateMatchers(built(text)).selections.map(({ matchers }) => matchers.map(String).join());
    expect(read('foo{a="1",b="2"} and on (a) bar')).toEqual(['__name__="foo",a="1",b="2"', '__name__="bar",a="1"']);
    expect(read('foo unless on (a) bar{a="1"}')).toEqual(['__name__="foo"', '__name__="bar",a="1"']);
    expect(read('foo{a="1"} unless on (a) bar')).toEqual(['__name__="foo",a="1"', '__name__="bar",a="1"']);
    expect(read('foo * on (a) group_left sum by (a) (bar{a="1"})')).toEqual([
      '__name__="foo",a="1"',
      '__name__="bar",a="1"',
    ]);
    // An error about duplicates on the right would be lost.
    expect(read('foo * on (a) bar{a="1"}')[0]).toBe('__name__="foo"');
    expect(read('foo{a="1"} * on (a) group_left sum by (a) (bar)')[1]).toBe('__name__="bar"');
    expect(read('foo or on (a) bar{a="1"}')[0]).toBe('__name__="foo"');
    expect(read('foo and ignoring (a) bar{a="1",b="2"}')[0]).toBe('__name__="foo",b="2"');
    expect(read('rate(foo[5m]) and bar{a="1"}')[0]).toBe('__name__="foo"');
    expect(read('(foo * 2) and bar{a="1"}')[0]).toBe('__name__="foo"');
  });

  it('read shared selections once', () => {
    const merged = mergeSelections(built('sum(foo{a="b"}) / sum(foo)'));
    expect(merged.selections).toHaveLength(1);
    expect(explainPlan(merged)).toContain('select #0 filter={a="b"}');
    expect(mergeSelections(built('rate(foo[5m]) / rate(foo[1h])')).selections).toMatchObject([
      { mint: -2_599_999, maxt: 1_600_000 },
    ]);
    expect(mergeSelections(built('sum(foo) / count(foo)')).selections).toHaveLength(2);
    expect(mergeSelections(built('sum(foo) / count(foo)'), true).selections).toHaveLength(1);
    expect(mergeSelections(built('foo - foo offset 1d')).selections).toHaveLength(2);
    expect(mergeSelections(built('foo{a="b"} - foo{a="c"}')).selections).toHaveLength(2);
    expect(operators(mergeSelections(built('foo{a="b"} + bar + foo')))).toEqual([
      'binary + one-to-one ignoring=()',
      '  binary + one-to-one ignoring=()',
      '    select #0 filter={a="b"}',
      '    select #1',
      '  select #0',
    ]);
  });

  it('work together', () => {
    const text = 'sum by (a) (foo{c="d"}) * on (a) group_right foo @ 10';
    const plan = planQuery(parse(text), text, RANGE);
    expect(explainPlan(plan)).toMatchInlineSnapshot(`
      "query 1000000..1600000 step=60000 steps=11 lookback=300000
        binary * one-to-many on=(a)
          aggregate sum by=(a)
            select #0 labels=(a)
          once
            select #1 at=10000
      read #0 {__name__="foo",c="d"} 700001..1600000 func=sum range=0 step=60000 by=(a)
      read #1 {__name__="foo"} -289999..10000 func=- range=0 step=60000"
    `);
  });
});

describe('sharding', () => {
  it.each([
    ['x', undefined],
    ['abs(rate(x[5m])) * 2', undefined],
    ['sum by (job, le) (rate(x[5m]))', 'job,le'],
    ['ceil(max by (job) (x)) > 2', 'job'],
    ['quantile without (pod) (0.9, max_over_time(rate(x[5m])[1h:1m]))', 'all but pod,__name__,__type__,__unit__'],
    ['sum(x)', undefined],
    ['sum by (__name__) (x)', undefined],
    ['topk by (job) (3, x)', undefined],
    ['max by (job) (sum by (job, pod) (x))', undefined],
    ['label_replace(x, "a", "b", "", "")', undefined],
    ['absent(x)', undefined],
    ['sum by (job) (histogram_quantile(0.9, x))', undefined],
    ['sum by (job) (x) / 2 + time()', 'job'],
    ['sum by (job) (x) / scalar(y)', undefined],
    ['x * y', undefined],
    ['vector(1)', undefined],
  ])('of %s by %s', (text, expected) => {
    const key = shardKey(planQuery(parse(text, ALL_FEATURES), text, RANGE));
    expect(key === undefined ? undefined : (key.by ? '' : 'all but ') + key.labels.join()).toBe(expected);
  });
});
