import { describe, expect, it } from 'vitest';
import { printExpr } from '../printer/print.ts';
import { ALL_FEATURES } from './features.ts';
import { parse, parseMetricSelector } from './parse.ts';
import { lineColumn } from './position.ts';

const printed = (text: string): string => printExpr(parse(text, ALL_FEATURES));
const refused =
  (text: string): (() => unknown) =>
  () =>
    parse(text, ALL_FEATURES);

describe('parse', () => {
  it('knows precedence and associativity', () => {
    expect(parse('-a ^ b')).toMatchObject({ kind: 'unary', expr: { kind: 'binary', op: '^' } });
    expect(parse('a ^ b ^ c')).toMatchObject({ op: '^', rhs: { op: '^' } });
    expect(parse('a - b - c')).toMatchObject({ op: '-', lhs: { op: '-' } });
    expect(parse('a or b and c == d + e * f')).toMatchObject({
      op: 'or',
      rhs: { op: 'and', rhs: { op: '==', rhs: { op: '+', rhs: { op: '*' } } } },
    });
  });

  it('lets offset take one term, or a parenthesis with what follows', () => {
    expect(printed('foo offset 1h/2')).toBe('foo offset 1h / 2');
    expect(parse('foo offset 1h/2')).toMatchObject({ kind: 'binary', op: '/' });
    expect(parse('foo offset (1)+2', ALL_FEATURES)).toMatchObject({ kind: 'selector', offsetExpr: { op: '+' } });
    expect(refused('foo offset (1h) * bar')).toThrow('1:19: parse error: unexpected identifier "bar" in offset');
  });

  it('blames the innermost rule that knows what it wants', () => {
    expect(refused('sum(a b)')).toThrow('1:7: parse error: unexpected identifier "b" in aggregation');
    expect(refused('abs(a b)')).toThrow('1:7: parse error: unexpected identifier "b"');
    expect(refused('sum(foo[5m 5m])')).toThrow('unexpected duration "5m" in subquery or range, expected ":" or "]"');
    expect(refused('')).toThrow('unknown position: parse error: no expression found in input');
  });

  it('counts columns in bytes', () => {
    expect(refused('{a="日本"} bar')).toThrow('1:14: parse error: unexpected identifier "bar"');
    expect(lineColumn('a\n日x', 3)).toBe('2:4');
  });

  it('reads octal, hexadecimal and underscored numbers', () => {
    for (const [text, value] of [
      ['010', 8],
      ['08', 8],
      ['0x_1F', 31],
      ['1_000.5', 1000.5],
      ['.5', 0.5],
    ] as const) {
      expect(parse(text)).toMatchObject({ value });
    }
    expect(refused('1__0')).toThrow('bad number or duration syntax: "1__"');
  });

  it('takes selectors that match everything where only matchers are wanted', () => {
    expect(parseMetricSelector('{}')).toEqual([]);
    expect(refused('{}')).toThrow('vector selector must contain at least one non-empty matcher');
  });

  it('keeps bytes that are no UTF-8', () => {
    expect(printed('"\\xff\\xc3\\xa9"')).toBe('"\\xffé"');
  });
});

describe('hostile input', () => {
  it.each([
    ['parentheses', '('.repeat(1e6)],
    ['signs', `${'-'.repeat(1e6)}a`],
    ['calls', 'abs('.repeat(1e5)],
    ['a chain of operators', `a${'+a'.repeat(1e6)}`],
    ['a chain of powers', `a${'^a'.repeat(1e5)}`],
    ['subqueries', `a${'[5m:1m]'.repeat(1e5)}`],
    ['modifiers', `a${' offset 5m'.repeat(1e5)}`],
    ['duration parentheses', `a[${'('.repeat(1e6)}`],
    ['matchers that never end', `a{${'b="c",'.repeat(1e5)}`],
    ['digits', `${'1'.repeat(1e6)}x`],
  ])('%s are refused in time', (_, text) => {
    const start = performance.now();
    expect(refused(text)).toThrow('parse error');
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('takes what is deep but not too deep', () => {
    const text = `a${' + a'.repeat(1500)}`;
    expect(printed(text)).toBe(text);
    const nested = `${'('.repeat(400)}a${')'.repeat(400)}`;
    expect(printed(nested)).toBe(nested);
  });
});
