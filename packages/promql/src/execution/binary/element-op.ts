import type { FloatHistogram } from '@tsanos/model';
import type { BinaryOp } from '../../parser/ast.ts';
import * as H from '../histogram-ops.ts';
import * as M from '../messages.ts';
import { compareFloats, floatArithmetic, isComparison } from './float-op.ts';

/** The result of an operator on two cells of which at least one is a histogram, or both are floats. */
export class ElementResult {
  /** False: the comparison did not hold. */
  keep = false;
  value = 0;
  histogram: FloatHistogram | undefined;
  /** Set where the operator does not apply: the element goes, and this is said. */
  warning: string | undefined;
  info: string | undefined;
  /** Said although there is a result. */
  note: string | undefined;
}

const result = new ElementResult();

/** Applies an operator to two cells; the object returned is reused. `undefined` histograms stand for floats. */
export function elementOp(
  op: BinaryOp,
  a: number,
  b: number,
  ah: FloatHistogram | undefined,
  bh: FloatHistogram | undefined,
): ElementResult {
  result.keep = true;
  result.value = 0;
  result.histogram = undefined;
  result.warning = undefined;
  result.info = undefined;
  result.note = undefined;
  if (ah === undefined && bh === undefined) floats(op, a, b);
  else if (ah !== undefined && bh !== undefined) histograms(op, ah, bh);
  else if (ah !== undefined) histogramFloat(op, ah, b);
  else if (bh !== undefined) floatHistogram(op, a, bh);
  return result;
}

function incompatible(op: BinaryOp, left: string, right: string): void {
  result.keep = false;
  result.info = M.incompatibleTypes(op, left, right);
}

function floats(op: BinaryOp, a: number, b: number): void {
  result.value = a;
  if (isComparison(op)) {
    result.keep = compareFloats(op, a, b);
    return;
  }
  const compute = floatArithmetic(op);
  if (compute === undefined) incompatible(op, 'float', 'float');
  else result.value = compute(a, b);
}

function histograms(op: BinaryOp, a: FloatHistogram, b: FloatHistogram): void {
  switch (op) {
    case '+':
    case '-': {
      const outcome = op === '+' ? H.add(a, b) : H.subtract(a, b);
      if (outcome === undefined) {
        result.keep = false;
        result.warning = M.incompatibleBuckets(op);
        return;
      }
      const name = op === '+' ? 'addition' : 'subtraction';
      if (outcome.collision) {
        result.keep = false;
        result.warning = M.resetCollision(name);
        return;
      }
      if (outcome.reconciled) result.note = M.reconciledBuckets(name);
      const combined = H.compact(outcome.histogram);
      result.histogram = op === '-' ? H.withHint(combined, 'gauge') : combined;
      return;
    }
    case '==':
      result.keep = H.equal(a, b);
      result.histogram = a;
      return;
    case '!=':
      result.keep = !H.equal(a, b);
      result.histogram = a;
      return;
    default:
      incompatible(op, 'histogram', 'histogram');
  }
}

function histogramFloat(op: BinaryOp, a: FloatHistogram, b: number): void {
  switch (op) {
    case '*':
      result.histogram = H.compact(H.multiply(a, b));
      return;
    case '/':
      result.histogram = H.compact(H.divide(a, b));
      return;
    case '</':
      result.histogram = H.trim(a, b, true);
      return;
    case '>/':
      result.histogram = H.trim(a, b, false);
      return;
    default:
      incompatible(op, 'histogram', 'float');
  }
}

function floatHistogram(op: BinaryOp, a: number, b: FloatHistogram): void {
  if (op === '*') result.histogram = H.compact(H.multiply(b, a));
  else incompatible(op, 'float', 'histogram');
}
