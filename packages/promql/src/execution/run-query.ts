import { compareLabelBytes } from '@tsanos/model';
import type { QueryPlan } from '../plan/nodes.ts';
import { frameSteps, unwrapInvariant } from '../plan/nodes.ts';
import { withoutMetadata } from './label-edit.ts';
import { mergeRows } from './merge-rows.ts';
import type { Query } from './query.ts';
import { rawMatrix } from './raw-matrix.ts';
import type { MatrixSeries, QueryValue, VectorElement } from './result.ts';
import { collectRows, hasCells, type Row } from './row.ts';
import { HISTOGRAM } from './row-batch.ts';

/** Runs a query to its end. */
export async function runQuery(query: Query): Promise<QueryValue> {
  const { plan, settings } = query;
  const { frame } = plan;
  query.check();
  switch (plan.type) {
    case 'string':
      return { type: 'string', timeMs: frame.start, value: stringValue(plan) };
    case 'scalar':
      return scalarResult(query, await query.scalar(plan.root, frame));
    case 'matrix': {
      const root = unwrapInvariant(plan.root);
      if (root.kind !== 'matrix' && root.kind !== 'subquery') throw new TypeError(`${root.kind} is no range vector`);
      return { type: 'matrix', series: await rawMatrix(query, root) };
    }
    case 'vector': {
      const rows = await finalRows(query);
      return settings.isRange ? matrixResult(query, rows) : vectorResult(frame.start, rows);
    }
  }
}

function stringValue({ root }: QueryPlan): string {
  const node = unwrapInvariant(root);
  return node.kind === 'string' ? node.value : '';
}

function scalarResult({ plan, settings }: Query, values: Float64Array): QueryValue {
  if (!settings.isRange) return { type: 'scalar', timeMs: plan.frame.start, value: values[0] };
  const present = new Uint8Array(values.length).fill(1);
  return {
    type: 'matrix',
    series: [{ labels: new Uint8Array(0), times: stepTimes(plan), values, present, histograms: undefined }],
  };
}

/** The rows with their final labels. */
async function finalRows(query: Query): Promise<Row[]> {
  const rows: Row[] = [];
  const steps = frameSteps(query.plan.frame);
  let held = 0;
  const all = await collectRows(query.rows(query.plan.root, query.plan.frame), (batch) => {
    held = batch.count * steps;
    query.hold(held);
  });
  for (const row of all) {
    if (!hasCells(row)) continue;
    if (row.dropName) {
      row.labels = withoutMetadata(row.labels);
      row.dropName = false;
    }
    rows.push(row);
  }
  // Without delayed removal every operator has seen to it that no two rows meet.
  return query.delayed || query.settings.isRange ? mergeRows(rows, query.delayed) : rows;
}

function vectorResult(timeMs: number, rows: readonly Row[]): QueryValue {
  const elements: VectorElement[] = rows.map(({ labels, values, present, histograms }) => ({
    labels,
    value: values[0],
    histogram: present[0] === HISTOGRAM ? histograms?.[0] : undefined,
  }));
  return { type: 'vector', timeMs, elements };
}

function matrixResult({ plan }: Query, rows: Row[]): QueryValue {
  rows.sort((a, b) => compareLabelBytes(a.labels, 0, a.labels.length, b.labels, 0, b.labels.length));
  const times = stepTimes(plan);
  const series: MatrixSeries[] = rows.map(({ labels, values, present, histograms }) => ({
    labels,
    times,
    values,
    present,
    histograms,
  }));
  return { type: 'matrix', series };
}

function stepTimes({ frame }: QueryPlan): Float64Array {
  return Float64Array.from({ length: frameSteps(frame) }, (_, i) => frame.start + i * frame.step);
}
