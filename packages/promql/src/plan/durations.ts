import { TsanosError } from '@tsanos/bytes';
import type { DurationExpr, DurationOperand } from '../parser/ast.ts';
import { byteOffset } from '../parser/position.ts';

/** Longest duration in seconds: 2^63 ns. */
const MAX_SECONDS = 2 ** 63 / 1e9;

/** What duration expressions can refer to, in seconds. */
export interface DurationScope {
  readonly text: string;
  /** 0 for an instant query. */
  readonly stepSeconds: number;
  readonly rangeSeconds: number;
}

/**
 * The value of a duration expression in ms, cut to whole ones. Throws with Prometheus' message, which names the byte
 * offsets `START:END` of the expression, for what only the query's times can show to be wrong.
 */
export function resolveDuration(node: DurationExpr, scope: DurationScope, positive: boolean): number {
  const seconds = evaluate(node, scope);
  if (Number.isNaN(seconds) || !Number.isFinite(seconds)) fail(node, scope, 'duration is NaN or infinite');
  if (positive && seconds <= 0) fail(node, scope, 'duration must be greater than 0');
  if (Math.abs(seconds) > MAX_SECONDS) fail(node, scope, 'duration is out of range');
  return Math.trunc(seconds * 1000);
}

function fail(node: DurationOperand, { text }: DurationScope, reason: string): never {
  const at = `${byteOffset(text, node.pos.start)}:${byteOffset(text, node.pos.end)}`;
  throw new TsanosError('bad-input', 'promql-duration', `${at}: ${reason}`);
}

function evaluate(node: DurationOperand, scope: DurationScope): number {
  if (node.kind === 'number') return node.value;
  const left = node.lhs === undefined ? 0 : evaluate(node.lhs, scope);
  const right = node.rhs === undefined ? 0 : evaluate(node.rhs, scope);
  switch (node.op) {
    case 'step':
      return scope.stepSeconds;
    case 'range':
      return scope.rangeSeconds;
    case 'min_of':
      return Math.min(left, right);
    case 'max_of':
      return Math.max(left, right);
    case '+':
      return node.lhs === undefined ? right : left + right;
    case '-':
      return node.lhs === undefined ? -right : left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0) fail(node, scope, 'division by zero');
      return left / right;
    case '%':
      if (right === 0) fail(node, scope, 'modulo by zero');
      return left % right;
    case '^':
      return left ** right;
  }
}
