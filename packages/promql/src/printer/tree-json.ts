import { type Matcher, formatFloatPlain } from '@tsanos/model';
import type { Binary, DurationExpr, DurationOperand, Expr, TimeModifiers, VectorSelector } from '../parser/ast.ts';

/** A JSON value, keys in the order in which Prometheus writes them. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The tree of `/api/v1/parse_query`. NaN and infinite fill values cannot be shown; Prometheus answers 500 there. */
export function treeJson(expr: Expr): JsonValue {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatFloatPlain(expr.value) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value.toWellFormed() };
    case 'selector':
      return { type: 'vectorSelector', ...selectorJson(expr) };
    case 'matrix':
      return {
        type: 'matrixSelector',
        ...selectorJson(expr.selector),
        range: expr.range,
        rangeExpr: durationJson(expr.rangeExpr),
      };
    case 'subquery':
      return {
        type: 'subquery',
        expr: treeJson(expr.expr),
        range: expr.range,
        rangeExpr: durationJson(expr.rangeExpr),
        step: expr.step,
        stepExpr: durationJson(expr.stepExpr),
        ...modifiersJson(expr),
      };
    case 'call': {
      const { name, argTypes, variadic, returnType } = expr.func;
      return { type: 'call', func: { name, argTypes, variadic, returnType }, args: expr.args.map(treeJson) };
    }
    case 'aggregation':
      return {
        type: 'aggregation',
        op: expr.op,
        expr: treeJson(expr.expr),
        param: expr.param === undefined ? null : treeJson(expr.param),
        grouping: expr.grouping,
        without: expr.without,
      };
    case 'binary':
      return binaryJson(expr);
    case 'unary':
      return { type: 'unaryExpr', op: expr.op, expr: treeJson(expr.expr) };
    case 'paren':
      return { type: 'parenExpr', expr: treeJson(expr.expr) };
  }
}

function modifiersJson(node: TimeModifiers): Record<string, JsonValue> {
  return {
    offset: node.offset,
    offsetExpr: durationJson(node.offsetExpr),
    timestamp: node.timestamp ?? null,
    startOrEnd: node.startOrEnd ?? null,
  };
}

function selectorJson(node: VectorSelector): Record<string, JsonValue> {
  return {
    name: node.name,
    ...modifiersJson(node),
    matchers: node.matchers.map(matcherJson),
    anchored: node.anchored,
    smoothed: node.smoothed,
  };
}

function matcherJson({ name, type, value }: Matcher): JsonValue {
  return { name: name.toWellFormed(), type, value: value.toWellFormed() };
}

function durationJson(node: DurationOperand | undefined): JsonValue {
  if (node === undefined) return null;
  if (node.kind === 'duration') return durationExprJson(node);
  return { type: 'numberLiteral', val: formatFloatPlain(node.value), duration: node.duration };
}

function durationExprJson({ op, lhs, rhs, wrapped }: DurationExpr): JsonValue {
  return { type: 'durationExpr', op, lhs: durationJson(lhs), rhs: durationJson(rhs), wrapped };
}

function binaryJson(node: Binary): JsonValue {
  const { matching } = node;
  return {
    type: 'binaryExpr',
    op: node.op,
    lhs: treeJson(node.lhs),
    rhs: treeJson(node.rhs),
    matching:
      matching === undefined
        ? null
        : {
            card: matching.card,
            labels: matching.labels,
            on: matching.on,
            include: matching.include,
            fillValues: { lhs: matching.fillLeft ?? null, rhs: matching.fillRight ?? null },
          },
    bool: node.returnBool,
  };
}
