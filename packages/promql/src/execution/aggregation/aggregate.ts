import { TsanosError } from '@tsanos/bytes';
import { formatFloatG } from '@tsanos/model';
import type { AggregationNode, Frame } from '../../plan/nodes.ts';
import { frameSteps } from '../../plan/nodes.ts';
import * as M from '../messages.ts';
import type { Query } from '../query.ts';
import { streamRows, type Row } from '../row.ts';
import { RowBatch, type Rows } from '../row-batch.ts';
import { createAccumulator, type Accumulator, type AccumulatorEnv } from './accumulators.ts';
import { countValuesRows } from './count-values.ts';
import { Grouper } from './grouper.ts';
import { limitRows, ratioRows } from './limit.ts';
import { topRows } from './top-k.ts';

/** The rows of an aggregation over `input`. Only groups and their steps are held. */
export async function* aggregateRows(
  query: Query,
  node: AggregationNode,
  frame: Frame,
  input: Rows,
): AsyncGenerator<RowBatch> {
  const steps = frameSteps(frame);
  if (node.op === 'count_values') {
    yield* countValuesRows(query, node, steps, input);
    return;
  }
  const param = node.param === undefined ? undefined : await query.scalar(node.param, frame);
  switch (node.op) {
    case 'topk':
    case 'bottomk':
    case 'limitk': {
      if (param === undefined || !checkCounts(param)) return;
      if (node.op === 'limitk') yield* limitRows(query, node, input, param);
      else yield* topRows(query, node, frame, input, param, node.op === 'topk' ? 1 : -1);
      return;
    }
    case 'limit_ratio': {
      const ratios = param === undefined ? undefined : checkRatios(query, node, param);
      if (ratios !== undefined) yield* ratioRows(query, input, ratios);
      return;
    }
    case 'quantile':
      if (param !== undefined && node.param !== undefined) {
        for (const phi of param) {
          if (!(phi >= 0 && phi <= 1)) query.annotations.warn(M.invalidQuantile(phi), node.param.pos);
        }
      }
  }
  const env: AccumulatorEnv = { query, op: node.op, steps, exprPos: node.expr.pos, param };
  yield* streamRows(await fold(query, node, input, env), new RowBatch(steps));
}

async function fold(query: Query, node: AggregationNode, input: Rows, env: AccumulatorEnv): Promise<Row[]> {
  const grouper = new Grouper(node.grouping, node.without);
  const accumulators: Accumulator[] = [];
  const dropped: boolean[] = [];
  for await (const batch of input) {
    for (let row = 0; row < batch.count; row++) {
      const base = row * env.steps;
      // A row whose only cell was filtered away makes no group.
      if (env.steps === 1 && batch.present[base] === 0) continue;
      const dropName = batch.dropName[row] === 1;
      const nameless = dropName && !query.delayed;
      const group = grouper.groupOf(batch.labelBuffer[row], batch.labelOffset[row], batch.labelLength[row], nameless);
      let accumulator = accumulators[group];
      if (accumulator === undefined) {
        accumulator = accumulators[group] = createAccumulator(env);
        query.hold(env.steps);
      }
      if (dropName) dropped[group] = true;
      accumulator.add(batch, base);
    }
    if (query.due()) await query.pause();
  }
  const rows: Row[] = [];
  for (let group = 0; group < accumulators.length; group++) {
    const accumulator = accumulators[group];
    if (accumulator === undefined) continue;
    const row = accumulator.finish();
    row.labels = grouper.labelsOf(group);
    row.dropName = query.delayed && dropped[group] === true;
    rows.push(row);
    if (query.due()) await query.pause();
  }
  query.release(rows.length * env.steps);
  return rows;
}

/** Checks the `k` of all steps; false when none asks for anything. */
function checkCounts(ks: Float64Array): boolean {
  let max = -Infinity;
  let min = Infinity;
  let nan = false;
  for (const k of ks) {
    if (k !== k) nan = true;
    if (k > max) max = k;
    if (k < min) min = k;
  }
  if (max < 1) {
    if (nan && max === -Infinity) throw badParameter('Parameter value is NaN');
    return false;
  }
  if (nan) throw badParameter('Parameter value is NaN');
  if (min <= -(2 ** 63)) throw badParameter(`Scalar value ${formatFloatG(min)} underflows int64`);
  if (max >= 9223372036854774784) throw badParameter(`Scalar value ${formatFloatG(max)} overflows int64`);
  return true;
}

function badParameter(text: string): TsanosError {
  return new TsanosError('bad-input', 'promql-parameter', text);
}

/** The ratios between -1 and 1, with a warning where they were not; undefined when all are 0. */
function checkRatios(query: Query, node: AggregationNode, ratios: Float64Array): Float64Array | undefined {
  if (ratios.every((ratio) => ratio === 0)) return undefined;
  if (ratios.some(Number.isNaN)) throw badParameter('Ratio value is NaN');
  return ratios.map((ratio) => {
    const capped = Math.max(-1, Math.min(1, ratio));
    if (capped !== ratio && node.param !== undefined)
      query.annotations.warn(M.invalidRatio(ratio, capped), node.param.pos);
    return capped;
  });
}
