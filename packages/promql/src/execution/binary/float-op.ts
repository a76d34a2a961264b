import type { BinaryOp } from '../../parser/ast.ts';
import { atan2, pow } from '../go-math.ts';

/** Whether an operator compares. */
export function isComparison(op: BinaryOp): boolean {
  return op === '==' || op === '!=' || op === '<' || op === '<=' || op === '>' || op === '>=';
}

/** Outcome of a comparison of floats. */
export function compareFloats(op: BinaryOp, a: number, b: number): boolean {
  switch (op) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}

const ARITHMETIC: ReadonlyMap<BinaryOp, (a: number, b: number) => number> = new Map<
  BinaryOp,
  (a: number, b: number) => number
>([
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['%', (a, b) => a % b],
  ['^', pow],
  ['atan2', atan2],
]);

/** The function of an arithmetic operator; undefined for others. */
export function floatArithmetic(op: BinaryOp): ((a: number, b: number) => number) | undefined {
  return ARITHMETIC.get(op);
}
