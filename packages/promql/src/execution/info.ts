import { TsanosError } from '@tsanos/bytes';
import { createMatcher, encodeLabels, Labels, labelsToString, type Matcher } from '@tsanos/model';
import type { CallNode, Frame, SelectorNode } from '../plan/nodes.ts';
import { frameSteps } from '../plan/nodes.ts';
import { instantRowsOf } from './instant-selector.ts';
import { bytesKey, effectiveBytes, toLabels } from './label-edit.ts';
import { mergeRows } from './merge-rows.ts';
import type { Query } from './query.ts';
import { collectRows, emptyRow, setHistogram, streamRows, type Row } from './row.ts';
import { HISTOGRAM, RowBatch } from './row-batch.ts';
import { referenceTimes } from './series-rows.ts';

/** Labels that an info series shares with what it describes. */
const IDENTIFYING = ['instance', 'job'];

/** An info series: its labels and, by step, when its newest sample is from (NaN: none). */
interface InfoSeries {
  readonly labels: Labels;
  readonly times: Float64Array;
}

/** What was wanted of the info series. */
interface Wanted {
  readonly names: readonly Matcher[];
  readonly data: readonly Matcher[];
}

/** `info(v, {matchers})`: adds labels of info series with the same instance and job. */
export async function* infoRows(query: Query, node: CallNode, frame: Frame): AsyncGenerator<RowBatch> {
  const selector = node.args[1];
  if (selector?.kind !== 'selector') throw new TypeError('info has no label selector');
  const steps = frameSteps(frame);
  const rows = await collectRows(query.rows(node.args[0], frame));
  const wanted = wantedInfo(selector.matchers);
  const labels = rows.map((row) => toLabels(effectiveBytes(row.labels, row.dropName, query.delayed)));
  const passes = labels.map((set) => wanted.names.every((matcher) => matcher.matches(set.get('__name__'))));
  const described = labels.filter((_, i) => !passes[i]);
  const info = await readInfo(query, selector, frame, wanted, described);
  const out: Row[] = [];
  rows.forEach((row, i) => {
    if (passes[i]) out.push(row);
    else enrich(row, labels[i], info, wanted, steps, out);
  });
  yield* streamRows(mergeRows(out, query.delayed), new RowBatch(steps));
}

function wantedInfo(matchers: readonly Matcher[]): Wanted {
  const names = matchers.filter(({ name }) => name === '__name__');
  const data = matchers.filter(({ name }) => name !== '__name__');
  if (names.length === 0) names.push(createMatcher('=', '__name__', 'target_info'));
  else if (names.every(({ type }) => type === '!=' || type === '!~'))
    names.push(createMatcher('=~', '__name__', '.+_info'));
  return { names, data };
}

/** Info series by name and identifying labels, newest sample first to win at each step. */
async function readInfo(
  query: Query,
  selector: SelectorNode,
  frame: Frame,
  { names, data }: Wanted,
  described: readonly Labels[],
): Promise<Map<string, InfoSeries[]>> {
  const found = new Map<string, InfoSeries[]>();
  const identity: Matcher[] = [];
  for (const name of IDENTIFYING) {
    const values = new Set(described.map((labels) => labels.get(name)).filter((value) => value !== ''));
    if (values.size > 0) identity.push(createMatcher('=~', name, [...values].map(quoteRegex).join('|')));
  }
  if (identity.length === 0) return found;
  const { first, last } = referenceTimes(frame, selector);
  const matchers = [...names, ...data, ...identity];
  const hints = { stepMs: frame.step, func: 'info', rangeMs: 0, grouping: [], by: false };
  const source = query.select({ mint: first - query.plan.lookback + 1, maxt: last, matchers, hints });
  const values = await collectRows(instantRowsOf(query, source, selector, frame, 'value'));
  const times = await collectRows(instantRowsOf(query, source, selector, frame, 'time'));
  values.forEach((row, i) => {
    const labels = toLabels(row.labels);
    if (row.present.includes(HISTOGRAM)) {
      throw new TsanosError(
        'bad-input',
        'promql-info',
        `this should be an info metric, with float samples: ${labelsToString(labels)}`,
      );
    }
    const key = identityOf(labels.get('__name__'), labels);
    const list = found.get(key) ?? [];
    if (list.length === 0) found.set(key, list);
    const { present, values: seconds } = times[i];
    list.push({ labels, times: seconds.map((t, step) => (present[step] === 0 ? Number.NaN : t)) });
  });
  return found;
}

function identityOf(name: string, labels: Labels): string {
  return JSON.stringify([name, ...IDENTIFYING.map((label) => labels.get(label))]);
}

function quoteRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** The newest of several info series with one identity at a step. */
function newest(list: readonly InfoSeries[], step: number): InfoSeries | undefined {
  let best: InfoSeries | undefined;
  for (const one of list) {
    if (Number.isNaN(one.times[step])) continue;
    if (best === undefined || one.times[step] > best.times[step]) best = one;
    else if (one.times[step] === best.times[step]) {
      const at = Math.round(one.times[step] * 1000);
      const text = `found duplicate series for info metric: existing ${labelsToString(best.labels)} @ ${at}, new ${labelsToString(one.labels)} @ ${at}`;
      throw new TsanosError('bad-input', 'promql-info', text);
    }
  }
  return best;
}

/** Splits a row into one a set of labels that it gets over time. */
function enrich(
  row: Row,
  labels: Labels,
  info: ReadonlyMap<string, InfoSeries[]>,
  { data }: Wanted,
  steps: number,
  out: Row[],
): void {
  const names = new Set<string>();
  for (const key of info.keys()) names.add((JSON.parse(key) as string[])[0]);
  const lists = [...names].flatMap((name) => info.get(identityOf(name, labels)) ?? []).length === 0 ? [] : [...names];
  const results = new Map<string, Row>();
  for (let step = 0; step < steps; step++) {
    if (row.present[step] === 0) continue;
    const added = new Map<string, string>();
    for (const name of lists) {
      const best = newest(info.get(identityOf(name, labels)) ?? [], step);
      if (best !== undefined) addLabels(best.labels, labels, data, added);
    }
    if (added.size === 0 && !data.every((matcher) => matcher.matches(''))) continue;
    const bytes = added.size === 0 ? row.labels : encodeLabels(Labels.from([...toLabels(row.labels), ...added]));
    const key = bytesKey(bytes);
    let result = results.get(key);
    if (result === undefined) {
      result = emptyRow(bytes, steps, row.dropName);
      results.set(key, result);
      out.push(result);
    }
    result.values[step] = row.values[step];
    result.present[step] = row.present[step];
    const histogram = row.histograms?.[step];
    if (histogram !== undefined && row.present[step] === HISTOGRAM) setHistogram(result, step, histogram);
  }
}

function addLabels(from: Labels, base: Labels, data: readonly Matcher[], added: Map<string, string>): void {
  for (const [name, value] of from) {
    if (name === '__name__' || base.has(name)) continue;
    if (data.length > 0 && !data.some((matcher) => matcher.name === name)) continue;
    const known = added.get(name);
    if (known !== undefined && known !== value) {
      throw new TsanosError('bad-input', 'promql-info', `conflicting label: ${name}`);
    }
    added.set(name, value);
  }
}
