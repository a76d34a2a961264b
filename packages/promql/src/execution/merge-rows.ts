import { TsanosError } from '@tsanos/bytes';
import { LabelCursor } from '@tsanos/model';
import type { PlanNode } from '../plan/nodes.ts';
import { bytesKey, effectiveBytes, isMetadataName, isNameLabel } from './label-edit.ts';
import type { Query } from './query.ts';
import { hasCells, keepRow, streamRows, type Row } from './row.ts';
import { RowBatch, type Rows } from './row-batch.ts';

/** What is thrown when two series of a vector turn out to have the same labels. */
export function sameLabelsError(): TsanosError {
  return new TsanosError('bad-input', 'promql-same-labels', 'vector cannot contain metrics with the same labelset');
}

/**
 * Joins rows with equal labels whose cells do not meet; where they do it is an error, and with `strict` always. Rows keep
 * the order of first appearance.
 */
export function mergeRows(rows: readonly Row[], delayed: boolean, strict = false): Row[] {
  const byLabels = new Map<string, Row>();
  const merged: Row[] = [];
  for (const row of rows) {
    const key = bytesKey(effectiveBytes(row.labels, row.dropName, delayed));
    const known = byLabels.get(key);
    if (known === undefined) {
      byLabels.set(key, row);
      merged.push(row);
    } else {
      if (strict) throw sameLabelsError();
      mergeInto(known, row);
    }
  }
  return merged;
}

function mergeInto(to: Row, from: Row): void {
  for (let i = 0; i < from.present.length; i++) {
    if (from.present[i] === 0) continue;
    if (to.present[i] !== 0) throw sameLabelsError();
    to.present[i] = from.present[i];
    to.values[i] = from.values[i];
    const histogram = from.histograms?.[i];
    if (histogram !== undefined) (to.histograms ??= [])[i] = histogram;
  }
  if (from.dropName) to.dropName = true;
}

/** Rows of `node` after an operation that took the name away: merged where names can have kept them apart. */
export async function* namelessRows(
  query: Query,
  node: PlanNode,
  rows: Rows,
  strict: boolean,
): AsyncGenerator<RowBatch> {
  if (query.delayed) {
    yield* rows;
    return;
  }
  const kept: Row[] = [];
  let collecting = !oneName(node);
  let out: RowBatch | undefined;
  for await (const batch of rows) {
    // Series of one name can still differ in type or unit only; these come first in label order.
    collecting ||= out === undefined && hasTypeOrUnit(batch);
    out ??= new RowBatch(batch.steps);
    if (!collecting) yield batch;
    else for (let row = 0; row < batch.count; row++) kept.push(keepRow(batch, row));
  }
  if (out !== undefined && collecting) yield* streamRows(mergeRows(kept.filter(hasCells), false, strict), out);
}

function hasTypeOrUnit({ count, labelBuffer, labelOffset, labelLength }: RowBatch): boolean {
  for (let row = 0; row < count; row++) {
    const buffer = labelBuffer[row];
    const cursor = new LabelCursor(buffer, labelOffset[row], labelLength[row]);
    while (cursor.next()) {
      const { nameStart, nameEnd } = cursor;
      if (isMetadataName(buffer, nameStart, nameEnd) && !isNameLabel(buffer, nameStart, nameEnd)) return true;
    }
  }
  return false;
}

/** Whether all series of a vector have one metric name, so that they differ in other labels. */
function oneName(node: PlanNode): boolean {
  switch (node.kind) {
    case 'selector':
      return node.matchers.some(({ name, type }) => name === '__name__' && type === '=');
    case 'matrix':
      return oneName(node.selector);
    case 'subquery':
    case 'unary':
    case 'step_invariant':
    case 'aggregation':
      return oneName(node.expr);
    case 'call':
      if (/^label_|^info$/.test(node.func.name)) return false;
      return node.args.every((arg) => oneName(arg));
    case 'binary':
      if (node.op === 'or') return false;
      return oneName(node.lhs) && (node.matching === undefined ? oneName(node.rhs) : true);
    default:
      return true;
  }
}
