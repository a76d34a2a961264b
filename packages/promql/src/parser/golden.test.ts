import { goldenAvailable, goldenLines } from '@tsanos/model/testing';
import { describe, expect, it } from 'vitest';
import { prettyPrint } from '../printer/pretty.ts';
import { printExpr } from '../printer/print.ts';
import { treeJson } from '../printer/tree-json.ts';
import { valueType } from './ast.ts';
import { ALL_FEATURES, DEFAULT_FEATURES, type ParserFeatures } from './features.ts';
import { parse, parseMetricSelector } from './parse.ts';
import { ParseError } from './parse-error.ts';
import { parseMetric } from './series-description.ts';

interface ParserLine {
  readonly id: string;
  readonly kind: 'expr' | 'selector' | 'metric' | 'series';
  readonly text: string;
  readonly error?: string;
  readonly off?: { readonly error: string | null };
  readonly type?: string;
  readonly string?: string;
  readonly pretty?: string;
  readonly ast?: unknown;
  readonly matchers?: readonly (readonly [string, string, string])[];
  readonly labels?: readonly (readonly [string, string])[];
}

/** What an action fails with, null when it does not. */
function errorOf(action: () => unknown): string | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
}

describe.skipIf(!goldenAvailable())('golden parser cases', () => {
  const lines = goldenAvailable() ? goldenLines<ParserLine>('promql', 'parser.jsonl.gz') : [];

  it('accept and refuse with text and position, features on and off', () => {
    const wrong: string[] = [];
    const check = (line: ParserLine, features: ParserFeatures, want: string | null): void => {
      const got = errorOf(() =>
        line.kind === 'expr' ? parse(line.text, features) : parseMetricSelector(line.text, features),
      );
      if (got !== want) wrong.push(`${line.id}: got ${got}, want ${want}`);
    };
    for (const line of lines) {
      if (line.kind !== 'expr' && line.kind !== 'selector') continue;
      check(line, ALL_FEATURES, line.error ?? null);
      check(line, DEFAULT_FEATURES, line.off === undefined ? (line.error ?? null) : line.off.error);
    }
    expect(wrong).toEqual([]);
  });

  it('print, on one line and split, and show the tree', () => {
    let compared = 0;
    for (const line of lines) {
      if (line.kind !== 'expr' || line.error !== undefined) continue;
      const expr = parse(line.text, ALL_FEATURES);
      expect(printExpr(expr), line.id).toBe(line.string);
      expect(prettyPrint(expr), line.id).toBe(line.pretty ?? line.string);
      expect(valueType(expr), line.id).toBe(line.type);
      if (line.ast !== undefined) expect(JSON.parse(JSON.stringify(treeJson(expr))), line.id).toEqual(line.ast);
      compared++;
    }
    expect(compared).toBeGreaterThan(2000);
  });

  it('read selectors and metrics', () => {
    for (const line of lines) {
      if (line.kind === 'metric') {
        const got = errorOf(() => expect(parseMetric(line.text), line.id).toEqual(line.labels ?? 'an error'));
        expect(got, line.id).toBe(line.error ?? null);
      } else if (line.kind === 'selector' && line.error === undefined) {
        const got = parseMetricSelector(line.text, ALL_FEATURES).map(({ name, type, value }) => [name, type, value]);
        expect(got, line.id).toEqual(line.matchers);
      }
    }
  });
});
