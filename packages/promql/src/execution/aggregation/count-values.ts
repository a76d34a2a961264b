import { TsanosError } from '@tsanos/bytes';
import { encodeLabels, formatFloatPlain, Labels } from '@tsanos/model';
import { goQuote } from '../../printer/go-quote.ts';
import type { AggregationNode } from '../../plan/nodes.ts';
import { unwrapInvariant } from '../../plan/nodes.ts';
import { effectiveBytes, toLabels } from '../label-edit.ts';
import * as H from '../histogram-ops.ts';
import type { Query } from '../query.ts';
import { emptyRow, streamRows, type Row } from '../row.ts';
import { FLOAT, HISTOGRAM, RowBatch, type Rows } from '../row-batch.ts';
import { Grouper } from './grouper.ts';

/** `count_values`: one row a group and value, counting the rows that have it at a step. */
export async function* countValuesRows(
  query: Query,
  node: AggregationNode,
  steps: number,
  input: Rows,
): AsyncGenerator<RowBatch> {
  const label = valueLabel(node);
  const grouping = node.without ? node.grouping : [...node.grouping, label];
  const grouper = new Grouper(grouping, node.without);
  const rows: Row[] = [];
  for await (const batch of input) {
    for (let row = 0; row < batch.count; row++) {
      const offset = batch.labelOffset[row];
      const bytes = batch.labelBuffer[row].subarray(offset, offset + batch.labelLength[row]);
      const dropName = batch.dropName[row] === 1;
      const labels = toLabels(effectiveBytes(bytes, dropName, query.delayed));
      const groups = new Map<string, Row>();
      for (let i = 0; i < steps; i++) {
        const cell = row * steps + i;
        const kind = batch.present[cell];
        if (kind === 0) continue;
        const text = kind === HISTOGRAM ? H.toText(batch.histograms?.[cell]) : formatFloatPlain(batch.values[cell]);
        let counted = groups.get(text);
        if (counted === undefined) {
          counted = groupRow(grouper, rows, Labels.from([...labels, [label, text]]), steps);
          groups.set(text, counted);
        }
        if (dropName) counted.dropName = true;
        counted.values[i]++;
        counted.present[i] = FLOAT;
      }
    }
    if (query.due()) await query.pause();
  }
  yield* streamRows(rows, new RowBatch(steps));
}

function groupRow(grouper: Grouper, rows: Row[], labels: Labels, steps: number): Row {
  const bytes = encodeLabels(labels);
  const group = grouper.groupOf(bytes, 0, bytes.length, false);
  return (rows[group] ??= emptyRow(grouper.labelsOf(group), steps));
}

function valueLabel({ param }: AggregationNode): string {
  const node = param === undefined ? undefined : unwrapInvariant(param);
  const name = node?.kind === 'string' ? node.value : '';
  if (name === '' || !name.isWellFormed()) {
    throw new TsanosError('bad-input', 'promql-label', `invalid label name ${goQuote(name)}`);
  }
  return name;
}
