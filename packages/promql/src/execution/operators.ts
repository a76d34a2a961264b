import type { CallNode, Frame, PlanNode, StepInvariantNode } from '../plan/nodes.ts';
import { frameSteps } from '../plan/nodes.ts';
import { aggregateRows } from './aggregation/aggregate.ts';
import { floatArithmetic } from './binary/float-op.ts';
import { setRows } from './binary/set-op.ts';
import { vectorScalarRows } from './binary/vector-scalar.ts';
import { vectorVectorRows } from './binary/vector-vector.ts';
import { floatFunctionRows, unaryRows } from './elementwise.ts';
import { histogramQuantileRows } from './histogram-functions.ts';
import { infoRows } from './info.ts';
import { instantRows } from './instant-selector.ts';
import { labelFunctionRows } from './label-functions.ts';
import { namelessRows } from './merge-rows.ts';
import type { Query } from './query.ts';
import { rangeCallRows } from './range-call.ts';
import { RowBatch, type Rows } from './row-batch.ts';
import { PRESENCE, RANGE_FUNCTIONS } from './range-functions.ts';
import { sortRows } from './sort-functions.ts';
import {
  absentOverTimeRows,
  absentRows,
  dateRows,
  startTimestampRows,
  timestampRows,
  vectorOfScalar,
} from './source-functions.ts';

/** The rows of an expression whose value is an instant vector, at the steps of a frame. */
export function vectorRows(query: Query, node: PlanNode, frame: Frame): Rows {
  switch (node.kind) {
    case 'selector':
      return instantRows(query, node, frame);
    case 'step_invariant':
      return invariantRows(query, node, frame);
    case 'unary':
      return namelessRows(query, node, unaryRows(query.rows(node.expr, frame), node.op === '-'), false);
    case 'aggregation':
      return aggregateRows(query, node, frame, query.rows(node.expr, frame));
    case 'binary':
      if (node.op === 'and' || node.op === 'or' || node.op === 'unless') return setRows(query, node, frame);
      if (node.matching !== undefined) return vectorVectorRows(query, node, frame, node.matching);
      if (node.returnBool || floatArithmetic(node.op) !== undefined) {
        return namelessRows(query, node, vectorScalarRows(query, node, frame), false);
      }
      return vectorScalarRows(query, node, frame);
    case 'call':
      return callRows(query, node, frame);
    default:
      throw new TypeError(`${node.kind} is no instant vector`);
  }
}

function callRows(query: Query, node: CallNode, frame: Frame): Rows {
  const { name } = node.func;
  const range = RANGE_FUNCTIONS.get(name);
  if (range !== undefined) {
    const rows = rangeCallRows(query, node, frame, range);
    return range.keepsName === true ? rows : namelessRows(query, node, rows, true);
  }
  const plain = floatFunctionRows(query, node, frame) ?? dateRows(query, node, frame);
  if (plain !== undefined) return namelessRows(query, node, plain, false);
  switch (name) {
    case 'vector':
      return vectorOfScalar(query, node, frame);
    case 'timestamp':
      return namelessRows(query, node, timestampRows(query, node, frame), false);
    case 'start_timestamp':
      return namelessRows(query, node, startTimestampRows(query, node, frame), false);
    case 'absent':
      return absentRows(query, node, frame);
    case 'absent_over_time':
      return absentOverTimeRows(node, frame, rangeCallRows(query, node, frame, PRESENCE));
    case 'sort':
    case 'sort_desc':
    case 'sort_by_label':
    case 'sort_by_label_desc':
      return sortRows(query, node, frame);
    case 'label_replace':
    case 'label_join':
      return labelFunctionRows(query, node, frame);
    case 'histogram_quantile':
    case 'histogram_quantiles':
    case 'histogram_fraction':
      return histogramQuantileRows(query, node, frame);
    case 'info':
      return infoRows(query, node, frame);
    default:
      throw new TypeError(`${name} is no vector function`);
  }
}

/** Evaluates at the first step and repeats the cells. */
async function* invariantRows(query: Query, node: StepInvariantNode, frame: Frame): AsyncGenerator<RowBatch> {
  const steps = frameSteps(frame);
  const once: Frame = { start: frame.start, end: frame.start, step: frame.step };
  if (steps === 1) {
    yield* query.rows(node.expr, once);
    return;
  }
  const out = new RowBatch(steps);
  for await (const batch of query.rows(node.expr, once)) {
    for (let row = 0; row < batch.count; row++) {
      if (batch.present[row] === 0) continue;
      if (out.full) {
        yield out;
        out.clear();
      }
      const base = out.nextBase;
      const histogram = batch.histograms?.[row];
      out.values.fill(batch.values[row], base, base + steps);
      out.present.fill(batch.present[row], base, base + steps);
      if (histogram !== undefined && batch.present[row] === 2) {
        for (let i = base; i < base + steps; i++) out.setHistogram(i, histogram);
      }
      out.push(batch.labelBuffer[row], batch.labelOffset[row], batch.labelLength[row], batch.dropName[row] === 1);
    }
  }
  if (out.count > 0) yield out;
}
