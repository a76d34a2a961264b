import { compareUtf8, type Labels } from '@tsanos/model';
import type { CallNode, Frame } from '../plan/nodes.ts';
import { compareLabels } from '@tsanos/model';
import { frameSteps } from '../plan/nodes.ts';
import { effectiveBytes, toLabels } from './label-edit.ts';
import { stringArguments } from './label-functions.ts';
import { goSort } from '../kernels/go-sort.ts';
import * as M from './messages.ts';
import type { Query } from './query.ts';
import { collectRows, streamRows, type Row } from './row.ts';
import { FLOAT, HISTOGRAM, RowBatch } from './row-batch.ts';

/** `sort`, `sort_desc`, `sort_by_label` and `sort_by_label_desc`. Order means something at a single step only. */
export async function* sortRows(query: Query, node: CallNode, frame: Frame): AsyncGenerator<RowBatch> {
  const { name } = node.func;
  const byLabel = name.startsWith('sort_by_label');
  if (query.settings.isRange) query.annotations.warn(M.SORT_IN_RANGE, node.pos);
  if (frameSteps(frame) !== 1) {
    for await (const batch of query.rows(node.args[0], frame)) {
      if (!byLabel) dropHistograms(batch);
      yield batch;
    }
    return;
  }
  const rows = await collectRows(query.rows(node.args[0], frame));
  const descending = name.endsWith('_desc');
  if (byLabel) sortByLabel(query, rows, stringArguments(node, 1), descending);
  const wanted = byLabel
    ? rows
    : sortByValue(
        rows.filter((row) => row.present[0] === FLOAT),
        descending,
      );
  yield* streamRows(wanted, new RowBatch(1));
}

function dropHistograms(batch: RowBatch): void {
  if (batch.histograms === undefined) return;
  for (let i = 0; i < batch.count * batch.steps; i++) if (batch.present[i] === HISTOGRAM) batch.present[i] = 0;
}

/** NaN comes last both ways; equal values in the order in which Go's sort leaves them. */
function sortByValue(rows: Row[], descending: boolean): Row[] {
  goSort(rows, (a, b) => {
    const x = a.values[0];
    const y = b.values[0];
    // NaN counts as behind everything, itself included, as in Prometheus.
    return y !== y || (descending ? y < x : y > x);
  });
  return rows;
}

function sortByLabel(query: Query, rows: Row[], names: readonly string[], descending: boolean): void {
  const labels = new Map<Row, Labels>();
  for (const row of rows) labels.set(row, toLabels(effectiveBytes(row.labels, row.dropName, query.delayed)));
  const sign = descending ? -1 : 1;
  rows.sort((a, b) => {
    const x = labels.get(a);
    const y = labels.get(b);
    if (x === undefined || y === undefined) return 0;
    for (const name of names) {
      const left = x.get(name);
      const right = y.get(name);
      if (left !== right) {
        const order = compareNatural(left, right);
        if (order !== 0) return order * sign;
      }
    }
    return compareLabels(x, y) * sign;
  });
}

/** Compares runs of digits as numbers and other runs as text; of equal runs the shorter text comes first. */
export function compareNatural(a: string, b: string): number {
  const x = a.match(/\d+|\D+/g) ?? [];
  const y = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const order = compareRuns(x[i], y[i]);
    if (order !== 0) return order;
  }
  return x.length - y.length;
}

function compareRuns(a: string, b: string): number {
  if (a === b) return 0;
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compareUtf8(a, b);
  const left = a.replace(/^0+(?=\d)/, '');
  const right = b.replace(/^0+(?=\d)/, '');
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}
