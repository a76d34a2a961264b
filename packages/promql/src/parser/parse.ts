import type { Matcher } from '@tsanos/model';
import type { Expr } from './ast.ts';
import { checkTypes } from './check.ts';
import { parseExpr } from './expr-parser.ts';
import { DEFAULT_FEATURES, type ParserFeatures } from './features.ts';
import { parseVectorSelector } from './selector-parser.ts';
import { T, isMetricWord } from './tokens.ts';
import { TokenReader } from './token-reader.ts';

/**
 * Parses and type-checks a query. Throws a `ParseError` with Prometheus' message and position. Linear in the text; trees
 * are bounded in depth, so that no later walk can overflow the stack.
 */
export function parse(text: string, features: ParserFeatures = DEFAULT_FEATURES): Expr {
  const reader = new TokenReader(text, features);
  if (reader.peek() === T.EOF) reader.fail({ start: 0, end: 0 }, 'no expression found in input');
  const expr = parseExpr(reader, 0);
  reader.expect(T.EOF);
  return checkTypes(expr, text);
}

/** Parses a series selector as in `match[]`; `{}` is allowed. The name outside the braces comes last. */
export function parseMetricSelector(text: string, features: ParserFeatures = DEFAULT_FEATURES): readonly Matcher[] {
  const reader = new TokenReader(text, features);
  const type = reader.peek();
  const { start, end } = reader;
  let name = '';
  if (type === T.IDENTIFIER || type === T.METRIC_IDENTIFIER || isMetricWord(type)) {
    name = reader.value;
    reader.take();
  } else if (type !== T.LBRACE) reader.unexpected();
  const { matchers } = parseVectorSelector(reader, name, start, end);
  reader.expect(T.EOF);
  return matchers;
}
