import type { FloatHistogram } from '@tsanos/model';
import type { CallNode, Frame } from '../plan/nodes.ts';
import { FLOAT_FUNCTIONS, FLOAT_SCALAR_FUNCTIONS, type FloatScalarFunction } from './float-functions.ts';
import { HISTOGRAM_STATS } from './histogram-stats.ts';
import { effectiveRow, withoutName } from './label-edit.ts';
import * as H from './histogram-ops.ts';
import type { Query } from './query.ts';
import { FLOAT, HISTOGRAM, type RowBatch, type Rows } from './row-batch.ts';

/** Functions that make each float another one; histograms go. Undefined for other functions. */
export function floatFunctionRows(query: Query, node: CallNode, frame: Frame): Rows | undefined {
  const { name } = node.func;
  const plain = FLOAT_FUNCTIONS.get(name);
  if (plain !== undefined) return mapFloats(query.rows(node.args[0], frame), plain);
  const scaled = FLOAT_SCALAR_FUNCTIONS.get(name);
  if (scaled !== undefined) return mapWithScalars(query, node, frame, scaled);
  const stat = HISTOGRAM_STATS.get(name);
  return stat === undefined ? undefined : mapHistograms(query, query.rows(node.args[0], frame), stat);
}

/** Replaces every float; histograms go, and so do names. */
export async function* mapFloats(rows: Rows, map: (x: number) => number): AsyncGenerator<RowBatch> {
  for await (const batch of rows) {
    const cells = batch.count * batch.steps;
    const { values, present } = batch;
    for (let i = 0; i < cells; i++) {
      if (present[i] === FLOAT) values[i] = map(values[i]);
      else if (present[i] === HISTOGRAM) present[i] = 0;
    }
    batch.dropName.fill(1, 0, batch.count);
    yield batch;
  }
}

async function* mapWithScalars(
  query: Query,
  node: CallNode,
  frame: Frame,
  map: FloatScalarFunction,
): AsyncGenerator<RowBatch> {
  const scalars: Float64Array[] = [];
  for (const arg of node.args.slice(1)) scalars.push(await query.scalar(arg, frame));
  for await (const batch of query.rows(node.args[0], frame)) {
    const { values, present, steps } = batch;
    for (let i = 0; i < batch.count * steps; i++) {
      if (present[i] === 0) continue;
      const result = present[i] === FLOAT ? map(values[i], scalars, i % steps) : undefined;
      if (result === undefined) present[i] = 0;
      else values[i] = result;
    }
    batch.dropName.fill(1, 0, batch.count);
    yield batch;
  }
}

async function* mapHistograms(query: Query, rows: Rows, map: (h: FloatHistogram) => number): AsyncGenerator<RowBatch> {
  for await (const batch of rows) {
    for (let i = 0; i < batch.count * batch.steps; i++) {
      const histogram = batch.present[i] === HISTOGRAM ? batch.histograms?.[i] : undefined;
      batch.present[i] = 0;
      if (histogram === undefined) continue;
      batch.values[i] = map(histogram);
      batch.present[i] = FLOAT;
    }
    if (query.delayed) batch.dropName.fill(1, 0, batch.count);
    else dropNames(batch);
    yield batch;
  }
}

/** These functions take the name only, and leave type and unit. */
function dropNames(batch: RowBatch): void {
  for (let row = 0; row < batch.count; row++) {
    const labels = withoutName(effectiveRow(batch, row, false));
    batch.labelBuffer[row] = labels;
    batch.labelOffset[row] = 0;
    batch.labelLength[row] = labels.length;
    batch.dropName[row] = 0;
  }
}

/** Signs before a vector: `-` turns values round and takes the name, `+` does nothing. */
export async function* unaryRows(rows: Rows, negate: boolean): AsyncGenerator<RowBatch> {
  for await (const batch of rows) {
    if (negate) {
      for (let i = 0; i < batch.count * batch.steps; i++) {
        if (batch.present[i] === FLOAT) batch.values[i] = -batch.values[i];
        else if (batch.present[i] === HISTOGRAM) {
          const histogram = batch.histograms?.[i];
          if (histogram !== undefined) batch.setHistogram(i, H.multiply(histogram, -1));
        }
      }
      batch.dropName.fill(1, 0, batch.count);
    }
    yield batch;
  }
}
