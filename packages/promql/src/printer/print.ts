import { type Matcher, formatDuration, formatFloatG, formatFloatPlain } from '@tsanos/model';
import {
  type Aggregation,
  type Binary,
  type DurationExpr,
  type DurationOperand,
  type Expr,
  type MatrixSelector,
  type NumberLiteral,
  type Subquery,
  type TimeModifiers,
  type VectorSelector,
} from '../parser/ast.ts';
import { goQuote } from './go-quote.ts';

/** The canonical text of an expression on one line, as Prometheus' `String()`. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return printNumber(expr);
    case 'string':
      return goQuote(expr.value);
    case 'selector':
      return printSelector(expr);
    case 'matrix':
      return printMatrix(expr);
    case 'subquery':
      return `${printExpr(expr.expr)}${subquerySuffix(expr)}`;
    case 'call':
      return `${expr.func.name}(${expr.args.map(printExpr).join(', ')})`;
    case 'aggregation':
      return printAggregation(expr);
    case 'binary':
      return `${printExpr(expr.lhs)} ${operatorText(expr)} ${printExpr(expr.rhs)}`;
    case 'unary':
      return `${expr.op}${printExpr(expr.expr)}`;
    case 'paren':
      return `(${printExpr(expr.expr)})`;
  }
}

function printNumber({ value, duration }: NumberLiteral): string {
  if (!duration) return formatFloatPlain(value);
  return `${value < 0 ? '-' : ''}${formatDuration(Math.trunc((Math.abs(value) * 1e9) / 1e6))}`;
}

const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A label name, quoted where the old rules for names do not allow it bare. */
export function labelText(name: string): string {
  return LEGACY_LABEL.test(name) ? name : goQuote(name);
}

function labelList(names: readonly string[]): string {
  return names.map(labelText).join(', ');
}

/** `name="value"`. */
export function matcherText(matcher: Matcher): string {
  return `${labelText(matcher.name)}${matcher.type}${goQuote(matcher.value)}`;
}

function bareSelector({ name, matchers }: VectorSelector): string {
  const texts: string[] = [];
  for (const matcher of matchers) {
    // The name outside the braces says it already.
    if (name !== '' && matcher.name === '__name__' && matcher.type === '=' && matcher.value === name) continue;
    texts.push(matcherText(matcher));
  }
  if (texts.length === 0) return name;
  return `${name}{${texts.sort().join(',')}}`;
}

function atText({ timestamp, startOrEnd }: TimeModifiers): string {
  if (timestamp !== undefined) return ` @ ${(timestamp / 1000).toFixed(3)}`;
  return startOrEnd === undefined ? '' : ` @ ${startOrEnd}()`;
}

function offsetText({ offset, offsetExpr }: TimeModifiers): string {
  if (offsetExpr !== undefined) return ` offset ${printDuration(offsetExpr)}`;
  if (offset === 0) return '';
  return ` offset ${offset < 0 ? '-' : ''}${formatDuration(Math.abs(offset))}`;
}

function extensionText({ anchored, smoothed }: VectorSelector): string {
  return anchored ? ' anchored' : smoothed ? ' smoothed' : '';
}

function printSelector(selector: VectorSelector): string {
  return bareSelector(selector) + atText(selector) + extensionText(selector) + offsetText(selector);
}

function rangeText(ms: number, expr: DurationExpr | undefined): string {
  return expr === undefined ? formatDuration(ms) : printDuration(expr);
}

function printMatrix({ selector, range, rangeExpr }: MatrixSelector): string {
  const window = `[${rangeText(range, rangeExpr)}]`;
  return bareSelector(selector) + window + extensionText(selector) + atText(selector) + offsetText(selector);
}

/** What stands behind the expression of a subquery. */
export function subquerySuffix(node: Subquery): string {
  const step = node.step === 0 && node.stepExpr === undefined ? '' : rangeText(node.step, node.stepExpr);
  return `[${rangeText(node.range, node.rangeExpr)}:${step}]${atText(node)}${offsetText(node)}`;
}

function printDuration(node: DurationOperand): string {
  if (node.kind === 'number') return printNumber(node);
  const text = durationText(node);
  return node.wrapped ? `(${text})` : text;
}

function durationText({ op, lhs, rhs }: DurationExpr): string {
  if (op === 'step' || op === 'range') return `${op}()`;
  if (rhs === undefined) return '';
  if (lhs === undefined) return `${op === '-' ? '-' : ''}${printDuration(rhs)}`;
  if (op === 'min_of' || op === 'max_of') return `${op}(${printDuration(lhs)}, ${printDuration(rhs)})`;
  return `${printDuration(lhs)} ${op} ${printDuration(rhs)}`;
}

/** `sum by (a) `: the operator and its modifier, before the arguments. */
export function aggregationHead({ op, grouping, without }: Aggregation): string {
  if (without) return `${op} without (${labelList(grouping)}) `;
  return grouping.length > 0 ? `${op} by (${labelList(grouping)}) ` : op;
}

function printAggregation(node: Aggregation): string {
  const param = node.param === undefined ? '' : `${printExpr(node.param)}, `;
  return `${aggregationHead(node)}(${param}${printExpr(node.expr)})`;
}

/** The operator of a binary expression with its modifiers. */
export function operatorText(node: Binary): string {
  const bool = node.returnBool ? ' bool' : '';
  const { matching } = node;
  if (matching === undefined) return node.op + bool;
  let out = node.op + bool;
  const grouped = matching.card === 'many-to-one' || matching.card === 'one-to-many';
  if (matching.labels.length > 0 || matching.on || grouped) {
    out += ` ${matching.on ? 'on' : 'ignoring'} (${labelList(matching.labels)})`;
  }
  if (grouped) {
    const side = matching.card === 'many-to-one' ? 'group_left' : 'group_right';
    out += ` ${side} (${labelList(matching.include)})`;
  }
  return out + fillText(matching.fillLeft, matching.fillRight);
}

function fillText(left: number | undefined, right: number | undefined): string {
  if (left !== undefined && left === right) return ` fill (${formatFloatG(left)})`;
  const leftText = left === undefined ? '' : ` fill_left (${formatFloatG(left)})`;
  return right === undefined ? leftText : `${leftText} fill_right (${formatFloatG(right)})`;
}
