import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prettyPrint } from '../printer/pretty.ts';
import { printExpr } from '../printer/print.ts';
import { ALL_FEATURES } from './features.ts';
import { parse } from './parse.ts';
import { ParseError } from './parse-error.ts';

const RUNS = 2000 * Number(process.env['TSANOS_SOAK'] ?? 1);

const PIECES = [
  'foo',
  'sum',
  'rate',
  'by',
  'on',
  'offset',
  '@',
  'start()',
  'step()',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  '5m',
  '1h30m',
  '1.5',
  '0x1F',
  '"x"',
  "'y'",
  '`z`',
  'a="b"',
  'a=~"b.*"',
  '+',
  '-',
  '*',
  '/',
  '^',
  '==',
  'bool',
  'and',
  'unless',
  'group_left',
  ':',
  ' ',
  '\n',
  '# c\n',
  'fill(1)',
  'anchored',
  'smoothed',
  'topk',
  'min_of(1m,2m)',
  '日',
  '"\\xff"',
  'ignoring',
  'without',
  'NaN',
  '_',
] as const;

const texts = fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }).map((pieces) => pieces.join(' '));

const SEEDS = [
  'sum by (job) (rate(http_requests_total{job=~"a.*",code!="500"}[5m] offset 1m))',
  'histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m:1m] @ end())))',
  'a * on (x, y) group_left (z) fill_left (1) b > bool 2 or foo{"x.y", a="\\u00e9"} @ 1.5',
  'max_over_time((foo - bar)[step() * 2:min_of(1m, 30s)] offset (1h + 5m))',
];

/** A query with some characters replaced, dropped or doubled. */
const mutated = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(200), fc.nat(2), fc.constantFrom(...PIECES)), { maxLength: 4 }),
  )
  .map(([seed, edits]) =>
    edits.reduce((text, [at, kind, piece]) => {
      const i = at % (text.length + 1);
      return text.slice(0, i) + (kind === 0 ? '' : piece) + text.slice(kind === 1 ? i : i + 1);
    }, seed),
  );

function roundTrip(text: string): void {
  let expr;
  try {
    expr = parse(text, ALL_FEATURES);
  } catch (error) {
    expect(error, text).toBeInstanceOf(ParseError);
    expect((error as ParseError).message).toMatch(/^(\d+:\d+|unknown position): parse error: ./);
    return;
  }
  const printed = printExpr(expr);
  // Prometheus prints `{}` as nothing and some signs so that they read as another operator: such texts cannot come back.
  if (/, \)$|info\(/.test(printed)) return;
  expect(printExpr(parse(printed, ALL_FEATURES)), text).toBe(printed);
  expect(printExpr(parse(prettyPrint(expr), ALL_FEATURES)), text).toBe(printed);
}

describe('parser on random texts', () => {
  it('never fails but with a parse error, and prints what it can read', () => {
    fc.assert(fc.property(texts, roundTrip), { numRuns: RUNS });
  });
  it('survives mutated queries', () => {
    fc.assert(fc.property(mutated, roundTrip), { numRuns: RUNS });
  });
});
