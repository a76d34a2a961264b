import type { BinaryNode, NumberNode, PlanNode, QueryPlan, UnaryNode } from './nodes.ts';
import { mapChildren } from './rewrite.ts';

/**
 * Evaluates arithmetic and comparisons between numbers and signs before them. Powers and atan2 are left to the
 * execution, which computes them as Go does.
 */
export function foldConstants(plan: QueryPlan): QueryPlan {
  const root = fold(plan.root);
  return root === plan.root ? plan : { ...plan, root };
}

function fold(node: PlanNode): PlanNode {
  const folded = mapChildren(node, fold);
  if (folded.kind === 'unary') return foldUnary(folded);
  return folded.kind === 'binary' ? foldBinary(folded) : folded;
}

function foldUnary(node: UnaryNode): PlanNode {
  if (node.expr.kind !== 'number') return node;
  const { value } = node.expr;
  return { kind: 'number', value: node.op === '-' ? -value : value, pos: node.pos };
}

function foldBinary(node: BinaryNode): PlanNode {
  if (node.lhs.kind !== 'number' || node.rhs.kind !== 'number') return node;
  const value = compute(node, node.lhs, node.rhs);
  return value === undefined ? node : { kind: 'number', value, pos: node.pos };
}

function compute(
  { op, returnBool }: BinaryNode,
  { value: a }: NumberNode,
  { value: b }: NumberNode,
): number | undefined {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    default:
      return returnBool ? compare(op, a, b) : undefined;
  }
}

function compare(op: BinaryNode['op'], a: number, b: number): number | undefined {
  switch (op) {
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '<':
      return Number(a < b);
    case '<=':
      return Number(a <= b);
    case '>':
      return Number(a > b);
    case '>=':
      return Number(a >= b);
    default:
      return undefined;
  }
}
