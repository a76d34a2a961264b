import type { Expr, TimeModifiers, VectorMatching } from '../parser/ast.ts';
import { ALL_FEATURES } from '../parser/features.ts';
import { FUNCTIONS } from '../parser/functions.ts';
import { parse } from '../parser/parse.ts';

/** Operators, aggregations and modifiers that queries can use; functions come from the parser's table. */
const OPERATORS = '+ - * / % ^ atan2 == != < <= > >= </ >/ and or unless'.split(' ');
const AGGREGATIONS =
  'sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio'.split(' ');
const MODIFIERS = [
  ...['offset', '@ time', '@ start()', '@ end()', 'anchored', 'smoothed', 'subquery', 'duration expression'],
  ...[
    'bool',
    'on',
    'ignoring',
    'group_left',
    'group_right',
    'fill',
    'fill_left',
    'fill_right',
    'by',
    'without',
    'unary -',
  ],
];

/** What can be covered, by kind, in the order in which it is printed. */
function everyFeature(): string[] {
  return [
    ...[...FUNCTIONS.keys()].map((name) => `${name}()`),
    ...AGGREGATIONS,
    ...OPERATORS.map((op) => `operator ${op}`),
    ...MODIFIERS.map((name) => `modifier ${name}`),
  ];
}

/** The functions, operators, aggregations and modifiers of a query; none of a text that does not parse. */
export function queryFeatures(query: string): Set<string> {
  const found = new Set<string>();
  let expr: Expr;
  try {
    expr = parse(query, ALL_FEATURES);
  } catch {
    return found;
  }
  collect(expr, found);
  return found;
}

function collect(expr: Expr, found: Set<string>): void {
  const modifier = (name: string): Set<string> => found.add(`modifier ${name}`);
  switch (expr.kind) {
    case 'selector':
      collectTimes(expr, modifier);
      if (expr.anchored) modifier('anchored');
      if (expr.smoothed) modifier('smoothed');
      return;
    case 'matrix':
      if (expr.rangeExpr !== undefined) modifier('duration expression');
      return collect(expr.selector, found);
    case 'subquery':
      modifier('subquery');
      if (expr.rangeExpr !== undefined || expr.stepExpr !== undefined) modifier('duration expression');
      collectTimes(expr, modifier);
      return collect(expr.expr, found);
    case 'call':
      found.add(`${expr.func.name}()`);
      for (const arg of expr.args) collect(arg, found);
      return;
    case 'aggregation':
      found.add(expr.op);
      if (expr.without) modifier('without');
      else if (expr.grouping.length > 0) modifier('by');
      if (expr.param !== undefined) collect(expr.param, found);
      return collect(expr.expr, found);
    case 'binary':
      found.add(`operator ${expr.op}`);
      if (expr.returnBool) modifier('bool');
      if (expr.matching !== undefined) collectMatching(expr.matching, modifier);
      collect(expr.lhs, found);
      return collect(expr.rhs, found);
    case 'unary':
      if (expr.op === '-') modifier('unary -');
      return collect(expr.expr, found);
    case 'paren':
      return collect(expr.expr, found);
    case 'number':
    case 'string':
  }
}

function collectTimes(times: TimeModifiers, modifier: (name: string) => void): void {
  if (times.offset !== 0) modifier('offset');
  if (times.offsetExpr !== undefined) modifier('duration expression');
  if (times.timestamp !== undefined) modifier('@ time');
  if (times.startOrEnd !== undefined) modifier(`@ ${times.startOrEnd}()`);
}

function collectMatching(matching: VectorMatching, modifier: (name: string) => void): void {
  if (matching.on) modifier('on');
  else if (matching.labels.length > 0) modifier('ignoring');
  if (matching.card === 'many-to-one') modifier('group_left');
  if (matching.card === 'one-to-many') modifier('group_right');
  const { fillLeft, fillRight } = matching;
  if (fillLeft !== undefined && fillRight !== undefined) modifier('fill');
  else if (fillLeft !== undefined) modifier('fill_left');
  else if (fillRight !== undefined) modifier('fill_right');
}

/** Counts, for each part of the language, the queries whose answers were equal, not empty and not all NaN. */
export class CoverageTable {
  readonly #counts = new Map(everyFeature().map((name) => [name, 0]));

  /** Counts a query that was answered as the reference answered it, with this body of the query API. */
  add(query: string, body: string): void {
    if (!hasValues(body)) return;
    for (const name of queryFeatures(query)) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** The parts of the language that fewer than `count` queries used. */
  below(count: number): string[] {
    return [...this.#counts].filter(([, queries]) => queries < count).map(([name]) => name);
  }

  /** `name count`, several to a line. */
  toString(): string {
    const cells = [...this.#counts].map(([name, queries]) => `${name} ${queries}`.padEnd(36));
    const lines = Array.from({ length: Math.ceil(cells.length / 4) }, (_, i) => cells.slice(4 * i, 4 * i + 4).join(''));
    return lines.map((line) => line.trimEnd()).join('\n');
  }
}

/** Whether an answer has a result, and a value in it that is not NaN. */
function hasValues(body: string): boolean {
  const { data } = JSON.parse(body) as { data?: { resultType: string; result: unknown[] } };
  if (data === undefined || data.result.length === 0) return false;
  const text = JSON.stringify(data.result);
  return data.resultType === 'string' || text.includes('"buckets"') || /\[[-0-9.e+]+,"(?!NaN")/.test(text);
}
