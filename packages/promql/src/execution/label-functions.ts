import { TsanosError } from '@tsanos/bytes';
import { createExpandRegex, encodeLabels, Labels, type ExpandRegex } from '@tsanos/model';
import type { CallNode, Frame } from '../plan/nodes.ts';
import { frameSteps, unwrapInvariant } from '../plan/nodes.ts';
import { effectiveBytes, toLabels } from './label-edit.ts';
import { mergeRows } from './merge-rows.ts';
import type { Query } from './query.ts';
import { collectRows, streamRows, type Row } from './row.ts';
import { RowBatch } from './row-batch.ts';

/** The string arguments of a call, from argument `from` on. */
export function stringArguments(node: CallNode, from: number): string[] {
  return node.args.slice(from).map((arg) => {
    const inner = unwrapInvariant(arg);
    return inner.kind === 'string' ? inner.value : '';
  });
}

function isLabelName(name: string): boolean {
  return name !== '' && name.isWellFormed();
}

function badInput(text: string): TsanosError {
  return new TsanosError('bad-input', 'promql-label', text.toWellFormed());
}

/** `label_replace` and `label_join`: names and histograms stay; series that become equal are joined. */
export async function* labelFunctionRows(query: Query, node: CallNode, frame: Frame): AsyncGenerator<RowBatch> {
  const change = node.func.name === 'label_replace' ? replacer(node) : joiner(node);
  const rows = await collectRows(query.rows(node.args[0], frame));
  for (const row of rows) relabelRow(row, change, query.delayed);
  yield* streamRows(mergeRows(rows, query.delayed), new RowBatch(frameSteps(frame)));
}

interface LabelChange {
  readonly target: string;
  /** The new value; undefined leaves the labels alone. */
  value(labels: Labels): string | undefined;
}

function relabelRow(row: Row, change: LabelChange, delayed: boolean): void {
  const bytes = effectiveBytes(row.labels, row.dropName, delayed);
  if (!delayed) {
    row.labels = bytes;
    row.dropName = false;
  }
  const labels = toLabels(bytes);
  const replacement = change.value(labels);
  if (replacement === undefined) return;
  row.labels = encodeLabels(Labels.from([...labels, [change.target, replacement]]));
  if (change.target === '__name__') row.dropName = false;
}

function replacer(node: CallNode): LabelChange {
  const [target, template, source, pattern] = stringArguments(node, 1);
  let regex: ExpandRegex;
  try {
    regex = createExpandRegex(pattern);
  } catch {
    throw badInput(`invalid regular expression in label_replace(): ${pattern}`);
  }
  if (!isLabelName(target)) throw badInput(`invalid destination label name in label_replace(): ${target}`);
  return { target, value: (labels) => regex.expand(labels.get(source), template) };
}

function joiner(node: CallNode): LabelChange {
  const [target, separator, ...sources] = stringArguments(node, 1);
  for (const source of sources) {
    if (!isLabelName(source)) throw badInput(`invalid source label name in label_join(): ${source}`);
  }
  if (!isLabelName(target)) throw badInput(`invalid destination label name in label_join(): ${target}`);
  return { target, value: (labels) => sources.map((source) => labels.get(source)).join(separator) };
}
