import type { BinaryNode, CallNode, Frame, PlanNode } from '../plan/nodes.ts';
import { frameSteps } from '../plan/nodes.ts';
import { TsanosError } from '@tsanos/bytes';
import { compareFloats, floatArithmetic, isComparison } from './binary/float-op.ts';
import { goMax, goMin } from './go-math.ts';
import type { Query } from './query.ts';
import { FLOAT } from './row-batch.ts';

/** The value of a scalar expression at every step of a frame. */
export async function evalScalar(query: Query, node: PlanNode, frame: Frame): Promise<Float64Array> {
  const steps = frameSteps(frame);
  switch (node.kind) {
    case 'number':
      return new Float64Array(steps).fill(node.value);
    case 'string':
      // The parameter of count_values; it has no number.
      return new Float64Array(steps).fill(Number.NaN);
    case 'step_invariant': {
      const once = await query.scalar(node.expr, { start: frame.start, end: frame.start, step: frame.step });
      return new Float64Array(steps).fill(once[0]);
    }
    case 'unary': {
      const values = await query.scalar(node.expr, frame);
      return node.op === '-' ? values.map((x) => -x) : values;
    }
    case 'binary':
      return scalarBinary(query, node, frame);
    case 'call':
      return scalarCall(query, node, frame, steps);
    default:
      throw new TypeError(`${node.kind} is no scalar`);
  }
}

async function scalarBinary(query: Query, node: BinaryNode, frame: Frame): Promise<Float64Array> {
  const a = await query.scalar(node.lhs, frame);
  const b = await query.scalar(node.rhs, frame);
  const { op } = node;
  if (isComparison(op)) return a.map((x, i) => Number(compareFloats(op, x, b[i])));
  const compute = floatArithmetic(op);
  if (compute === undefined) {
    throw new TsanosError('bad-input', 'promql-operator', `operator "${op}" not allowed for Scalar operations`);
  }
  return a.map((x, i) => compute(x, b[i]));
}

async function scalarCall(query: Query, node: CallNode, frame: Frame, steps: number): Promise<Float64Array> {
  switch (node.func.name) {
    case 'pi':
      return new Float64Array(steps).fill(Math.PI);
    case 'time':
      return Float64Array.from({ length: steps }, (_, i) => (frame.start + i * frame.step) / 1000);
    case 'scalar':
      return onlyFloats(query, node.args[0], frame, steps);
    case 'max_of':
    case 'min_of': {
      const pick = node.func.name === 'max_of' ? goMax : goMin;
      const a = await query.scalar(node.args[0], frame);
      const b = await query.scalar(node.args[1], frame);
      return a.map((x, i) => pick(x, b[i]));
    }
    default:
      throw new TypeError(`${node.func.name} is no scalar function`);
  }
}

/** The only float of a vector at each step, NaN when there is none or more than one. */
async function onlyFloats(query: Query, node: PlanNode, frame: Frame, steps: number): Promise<Float64Array> {
  const values = new Float64Array(steps);
  const seen = new Uint32Array(steps);
  for await (const batch of query.rows(node, frame)) {
    for (let row = 0; row < batch.count; row++) {
      for (let i = 0; i < steps; i++) {
        const cell = row * steps + i;
        if (batch.present[cell] !== FLOAT) continue;
        seen[i]++;
        values[i] = batch.values[cell];
      }
    }
  }
  return values.map((x, i) => (seen[i] === 1 ? x : Number.NaN));
}
