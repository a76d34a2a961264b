import { encodeLabels, Labels, type Matcher } from '@tsanos/model';
import type { CallNode, Frame, PlanNode } from '../plan/nodes.ts';
import { frameSteps, unwrapInvariant } from '../plan/nodes.ts';
import { mapFloats } from './elementwise.ts';
import { DATE_FUNCTIONS } from './float-functions.ts';
import { instantRows } from './instant-selector.ts';
import { NO_LABELS } from './label-edit.ts';
import { rangeArgument } from './range-call.ts';
import type { Query } from './query.ts';
import { emptyRow, streamRows, type Row } from './row.ts';
import { FLOAT, RowBatch, type Rows } from './row-batch.ts';

/** `vector(s)`: one row without labels. */
export async function* vectorOfScalar(query: Query, node: CallNode, frame: Frame): AsyncGenerator<RowBatch> {
  const values = await query.scalar(node.args[0], frame);
  yield* oneRow(NO_LABELS, values);
}

async function* oneRow(labels: Uint8Array, values: Float64Array): AsyncGenerator<RowBatch> {
  const row: Row = { ...emptyRow(labels, 0), values, present: new Uint8Array(values.length).fill(FLOAT) };
  yield* streamRows([row], new RowBatch(values.length));
}

/** `hour(v)` and its like; without argument the time of the step. */
export function dateRows(query: Query, node: CallNode, frame: Frame): Rows | undefined {
  const part = DATE_FUNCTIONS.get(node.func.name);
  if (part === undefined) return undefined;
  if (node.args.length > 0) return mapFloats(query.rows(node.args[0], frame), part);
  return oneRow(
    NO_LABELS,
    Float64Array.from({ length: frameSteps(frame) }, (_, i) => part((frame.start + i * frame.step) / 1000)),
  );
}

/** `timestamp(v)`: of a bare selector the time of the sample, else that of the step. */
export async function* timestampRows(query: Query, node: CallNode, frame: Frame): AsyncGenerator<RowBatch> {
  const arg = node.args[0];
  if (arg.kind === 'selector') {
    yield* instantRows(query, arg, frame, 'time');
    return;
  }
  for await (const batch of query.rows(arg, frame)) {
    for (let i = 0; i < batch.count * batch.steps; i++) {
      if (batch.present[i] === 0) continue;
      batch.values[i] = (frame.start + (i % batch.steps) * frame.step) / 1000;
      batch.present[i] = FLOAT;
    }
    batch.dropName.fill(1, 0, batch.count);
    yield batch;
  }
}

/** `start_timestamp(v)`: of a bare selector where start timestamps are on, else nothing. */
export async function* startTimestampRows(query: Query, node: CallNode, frame: Frame): AsyncGenerator<RowBatch> {
  const arg = node.args[0];
  if (arg.kind === 'selector' && query.settings.features.startTimestamps) {
    yield* instantRows(query, arg, frame, 'start');
    return;
  }
  // Nothing comes of it, but what it has to say is said.
  for await (const batch of query.rows(arg, frame)) batch.clear();
}

/** `absent(v)`: 1 at steps without any element. */
export async function* absentRows(query: Query, node: CallNode, frame: Frame): AsyncGenerator<RowBatch> {
  const present = new Uint8Array(frameSteps(frame));
  for await (const batch of query.rows(node.args[0], frame)) mark(batch, present);
  yield* whereAbsent(present, absentLabels(node.args[0]));
}

/** `absent_over_time(r)`: 1 at steps at which no series has a sample in its window; `presence` has a cell where one has. */
export async function* absentOverTimeRows(node: CallNode, frame: Frame, presence: Rows): AsyncGenerator<RowBatch> {
  const present = new Uint8Array(frameSteps(frame));
  for await (const batch of presence) mark(batch, present);
  const range = rangeArgument(node);
  yield* whereAbsent(present, range.kind === 'matrix' ? labelsOfMatchers(range.selector.matchers) : NO_LABELS);
}

function mark(batch: RowBatch, present: Uint8Array): void {
  const { steps } = batch;
  for (let i = 0; i < batch.count * steps; i++) if (batch.present[i] !== 0) present[i % steps] = 1;
}

async function* whereAbsent(present: Uint8Array, labels: Uint8Array): AsyncGenerator<RowBatch> {
  const row = emptyRow(labels, present.length);
  row.values.fill(1);
  row.present = present.map((seen) => (seen === 0 ? FLOAT : 0));
  yield* streamRows([row], new RowBatch(present.length));
}

function absentLabels(arg: PlanNode): Uint8Array {
  const node = unwrapInvariant(arg);
  return node.kind === 'selector' ? labelsOfMatchers(node.matchers) : NO_LABELS;
}

/** What a missing series would be called: a label with exactly one matcher, which is `=`. */
function labelsOfMatchers(matchers: readonly Matcher[]): Uint8Array {
  const map = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, type, value } of matchers) {
    if (name === '__name__') continue;
    if (type === '=' && !seen.has(name)) {
      seen.add(name);
      map.set(name, value);
    } else map.delete(name);
  }
  return encodeLabels(Labels.from(map));
}
