import type { BinaryNode, Frame } from '../../plan/nodes.ts';
import { planValueType } from '../../plan/nodes.ts';
import type { Query } from '../query.ts';
import { FLOAT, HISTOGRAM, type RowBatch } from '../row-batch.ts';
import { elementOp } from './element-op.ts';
import { compareFloats, floatArithmetic, isComparison } from './float-op.ts';
import { afterLeft } from './left-first.ts';
import { StepNotes } from './step-notes.ts';

/** The rows of an operator between a vector and a scalar. */
export async function* vectorScalarRows(query: Query, node: BinaryNode, frame: Frame): AsyncGenerator<RowBatch> {
  const swapped = planValueType(node.lhs) === 'scalar';
  const scalars = swapped
    ? await query.scalar(node.lhs, frame)
    : await afterLeft(query, node, frame, () => query.scalar(node.rhs, frame));
  const notes = new StepNotes();
  const dropName = node.returnBool || floatArithmetic(node.op) !== undefined;
  for await (const batch of query.rows(swapped ? node.rhs : node.lhs, frame)) {
    for (let row = 0; row < batch.count; row++) {
      if (batch.histograms === undefined) floatRow(node, batch, row, scalars, swapped, notes);
      else anyRow(node, batch, row, scalars, swapped, notes);
      if (dropName) batch.dropName[row] = 1;
    }
    yield batch;
  }
  notes.flush(query, node.pos);
}

function floatRow(
  node: BinaryNode,
  batch: RowBatch,
  row: number,
  scalars: Float64Array,
  swapped: boolean,
  notes: StepNotes,
): void {
  const { op, returnBool } = node;
  const { values, present, steps } = batch;
  const base = row * steps;
  const compute = floatArithmetic(op);
  if (compute !== undefined) {
    for (let i = 0; i < steps; i++) {
      const x = values[base + i];
      if (present[base + i] === FLOAT) values[base + i] = swapped ? compute(scalars[i], x) : compute(x, scalars[i]);
    }
    return;
  }
  if (!isComparison(op)) {
    anyRow(node, batch, row, scalars, swapped, notes);
    return;
  }
  for (let i = 0; i < steps; i++) {
    if (present[base + i] !== FLOAT) continue;
    const x = values[base + i];
    const holds = swapped ? compareFloats(op, scalars[i], x) : compareFloats(op, x, scalars[i]);
    if (returnBool) values[base + i] = Number(holds);
    else if (!holds) present[base + i] = 0;
  }
}

function anyRow(
  node: BinaryNode,
  batch: RowBatch,
  row: number,
  scalars: Float64Array,
  swapped: boolean,
  notes: StepNotes,
): void {
  const { op, returnBool } = node;
  const base = row * batch.steps;
  const comparison = isComparison(op);
  for (let i = 0; i < batch.steps; i++) {
    const cell = base + i;
    if (batch.present[cell] === 0) continue;
    const histogram = batch.present[cell] === HISTOGRAM ? batch.histograms?.[cell] : undefined;
    const x = batch.values[cell];
    const s = scalars[i];
    const result = swapped ? elementOp(op, s, x, undefined, histogram) : elementOp(op, x, s, histogram, undefined);
    notes.take(i, result);
    if (result.warning !== undefined || result.info !== undefined || (!result.keep && !returnBool)) {
      batch.present[cell] = 0;
      continue;
    }
    if (returnBool) {
      batch.values[cell] = Number(result.keep);
      batch.present[cell] = FLOAT;
    } else if (!comparison) {
      if (result.histogram !== undefined) batch.setHistogram(cell, result.histogram);
      else {
        batch.values[cell] = result.value;
        batch.present[cell] = FLOAT;
      }
    }
  }
}
