import { TsanosError } from '@tsanos/bytes';
import { createMatcher, type MatchType, type Matcher } from '@tsanos/model';
import { goQuote } from '../printer/go-quote.ts';
import type { VectorSelector } from './ast.ts';
import { T, isLabelWord } from './tokens.ts';
import type { Expectation, TokenReader } from './token-reader.ts';
import { unquote } from './unquote.ts';

const METRIC_NAME = '__name__';
const IDENTIFIER_OR_END: Expectation = { context: 'label matching', expected: 'identifier or "}"' };
const COMMA_OR_END: Expectation = { context: 'label matching', expected: '"," or "}"' };
const OPERATOR: Expectation = { context: 'label matching', expected: 'label matching operator' };
const STRING: Expectation = { context: 'label matching', expected: 'string' };
export const GROUP_START: Expectation = { context: 'grouping opts', expected: '"("' };
const GROUP_LABEL: Expectation = { context: 'grouping opts', expected: 'label' };
const GROUP_NEXT: Expectation = { context: 'grouping opts', expected: '"," or ")"' };

const MATCH_TYPES: Readonly<Record<number, MatchType>> = {
  [T.EQL]: '=',
  [T.NEQ]: '!=',
  [T.EQL_REGEX]: '=~',
  [T.NEQ_REGEX]: '!~',
};

/** Reads `{…}` behind a name, or alone; `name` is '' then. The name's token has been taken, or the brace is next. */
export function parseVectorSelector(reader: TokenReader, name: string, start: number, nameEnd: number): VectorSelector {
  const matchers: Matcher[] = [];
  let end = nameEnd;
  if (reader.peek() === T.LBRACE) {
    parseMatchers(reader, matchers);
    end = reader.end;
  }
  if (name !== '') matchers.push(createMatcher('=', METRIC_NAME, name));
  return {
    kind: 'selector',
    name,
    matchers,
    offset: 0,
    offsetExpr: undefined,
    timestamp: undefined,
    startOrEnd: undefined,
    anchored: false,
    smoothed: false,
    pos: { start, end },
  };
}

function parseMatchers(reader: TokenReader, out: Matcher[]): void {
  reader.take();
  if (reader.accept(T.RBRACE)) return;
  for (;;) {
    out.push(parseMatcher(reader));
    if (reader.accept(T.RBRACE)) return;
    reader.expect(T.COMMA, COMMA_OR_END);
    if (reader.accept(T.RBRACE)) return;
  }
}

function parseMatcher(reader: TokenReader): Matcher {
  const first = reader.peek();
  if (first !== T.IDENTIFIER && first !== T.STRING) reader.unexpected(IDENTIFIER_OR_END);
  const start = reader.start;
  const name = first === T.STRING ? unquote(reader.value) : reader.value;
  reader.take();
  const type = MATCH_TYPES[reader.peek()];
  if (type === undefined) {
    if (first !== T.STRING) reader.unexpected(OPERATOR);
    return createMatcher('=', METRIC_NAME, name);
  }
  reader.take();
  reader.expect(T.STRING, STRING);
  try {
    return createMatcher(type, name, unquote(reader.value));
  } catch (error) {
    if (!(error instanceof TsanosError)) throw error;
    return reader.fail({ start, end: reader.end }, error.message);
  }
}

/** Reads `(label, …)`, the list behind `by`, `on`, `group_left` and the like. */
export function parseGrouping(reader: TokenReader): string[] {
  reader.expect(T.LPAREN, GROUP_START);
  const labels: string[] = [];
  if (reader.accept(T.RPAREN)) return labels;
  for (;;) {
    labels.push(parseGroupingLabel(reader));
    if (reader.accept(T.RPAREN)) return labels;
    reader.expect(T.COMMA, GROUP_NEXT);
    if (reader.accept(T.RPAREN)) return labels;
  }
}

function parseGroupingLabel(reader: TokenReader): string {
  const type = reader.peek();
  let label = reader.value;
  if (type === T.STRING) {
    label = unquote(label);
    if (label === '' || !label.isWellFormed()) {
      const pos = { start: reader.start, end: reader.end };
      reader.fail(pos, `invalid label name for grouping: ${goQuote(label)}`);
    }
  } else if (type !== T.IDENTIFIER && type !== T.METRIC_IDENTIFIER && !isLabelWord(type)) {
    reader.unexpected(GROUP_LABEL);
  }
  reader.take();
  return label;
}
