import { encodeLabels, formatFloatG, Labels, parseFloatGo } from '@tsanos/model';
import type { PositionRange } from '../parser/ast.ts';
import type { CallNode, Frame } from '../plan/nodes.ts';
import { frameSteps, planValueType } from '../plan/nodes.ts';
import { mergedCount, type MonotonicFix } from './annotations.ts';
import { ClassicBuckets } from './classic-histogram.ts';
import { bytesKey, effectiveBytes, METADATA, toLabels } from './label-edit.ts';
import { stringArguments } from './label-functions.ts';
import { mergeRows } from './merge-rows.ts';
import * as M from './messages.ts';
import { nativeFraction, nativeQuantile, type NativeResult } from './native-histogram.ts';
import type { Query } from './query.ts';
import { collectRows, emptyRow, streamRows, type Row } from './row.ts';
import { FLOAT, HISTOGRAM, RowBatch } from './row-batch.ts';

/** The rows that make one histogram: classic buckets by bound, or native samples. */
interface HistogramSeries {
  readonly native: Row[];
  readonly buckets: { readonly bound: number; readonly row: Row }[];
  /** Labels with the name but without `le`. */
  readonly labels: Labels;
  /** The name as far as messages may show it. */
  readonly name: string;
}

/** One result wanted of every histogram. */
interface Wanted {
  /** Label that names the quantile, where several are wanted. */
  readonly label: readonly [string, string] | undefined;
  native(h: Parameters<typeof nativeQuantile>[1], step: number): NativeResult;
  classic(buckets: ClassicBuckets, step: number): number;
}

/** `histogram_quantile`, `histogram_quantiles` and `histogram_fraction`. */
export async function* histogramQuantileRows(query: Query, node: CallNode, frame: Frame): AsyncGenerator<RowBatch> {
  const steps = frameSteps(frame);
  const vector = node.args.find((arg) => planValueType(arg) === 'vector') ?? node.args[0];
  const wanted = await wantedResults(query, node, frame);
  const rows = await collectRows(query.rows(vector, frame));
  const series = groupHistograms(query, rows, vector.pos);
  const context: Context = {
    query,
    frame,
    steps,
    pos: vector.pos,
    fraction: node.func.name === 'histogram_fraction',
    fixes: new Map(),
  };
  const out: Row[] = [];
  for (const one of wanted) {
    for (const histogram of series) {
      const row = evaluate(context, histogram, one);
      if (row !== undefined) out.push(row);
      if (query.due()) await query.pause();
    }
  }
  for (const [name, { fix, perStep }] of context.fixes) {
    query.annotations.forcedMonotonic(name, { ...fix, count: mergedCount(perStep) }, vector.pos);
  }
  yield* streamRows(mergeRows(out, query.delayed), new RowBatch(steps));
}

interface Context {
  /** What was made monotonic, by the part of the message that names the metric. */
  readonly fixes: Map<string, { readonly fix: MonotonicFix; readonly perStep: Uint32Array }>;
  readonly query: Query;
  readonly frame: Frame;
  readonly steps: number;
  readonly pos: PositionRange;
  readonly fraction: boolean;
}

async function wantedResults(query: Query, node: CallNode, frame: Frame): Promise<Wanted[]> {
  if (node.func.name === 'histogram_fraction') {
    const lower = await query.scalar(node.args[0], frame);
    const upper = await query.scalar(node.args[1], frame);
    return [
      {
        label: undefined,
        native: (h, step) => nativeFraction(lower[step], upper[step], h),
        classic: (buckets, step) => buckets.fraction(lower[step], upper[step]),
      },
    ];
  }
  const several = node.func.name === 'histogram_quantiles';
  const name = several ? stringArguments(node, 1)[0] : '';
  const wanted: Wanted[] = [];
  for (const arg of several ? node.args.slice(2) : node.args.slice(0, 1)) {
    const phis = await query.scalar(arg, frame);
    for (const phi of phis) if (!(phi >= 0 && phi <= 1)) query.annotations.warn(M.invalidQuantile(phi), arg.pos);
    // With several quantiles each value of a varying one would be a series of its own.
    const values = several ? [...new Set(phis)] : [Number.NaN];
    for (const value of values) {
      wanted.push({
        label: several ? [name, openMetricsFloat(value)] : undefined,
        native: (h, step) => nativeQuantile(phis[step], h),
        classic: (buckets, step) => buckets.quantile(phis[step]),
        ...(several && values.length > 1 ? onlyWhere(phis, value) : {}),
      });
    }
  }
  return wanted;
}

/** The results of one value of a quantile that varies from step to step. */
function onlyWhere(phis: Float64Array, value: number): { applies: (step: number) => boolean } {
  return { applies: (step) => Object.is(phis[step], value) };
}

/** A quantile as a label: `0.9`, `1.0`. */
function openMetricsFloat(value: number): string {
  const text = formatFloatG(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function groupHistograms(query: Query, rows: readonly Row[], pos: PositionRange): HistogramSeries[] {
  const groups = new Map<string, HistogramSeries>();
  for (const row of rows) {
    const labels = toLabels(effectiveBytes(row.labels, row.dropName, query.delayed));
    const name = query.delayed ? labels.get('__name__') : '';
    const group = (of: Labels): HistogramSeries => {
      const key = bytesKey(encodeLabels(of));
      let found = groups.get(key);
      if (found === undefined) groups.set(key, (found = { native: [], buckets: [], labels: of, name }));
      return found;
    };
    if (row.present.includes(HISTOGRAM)) group(labels).native.push(row);
    if (!row.present.includes(FLOAT)) continue;
    const le = labels.get('le');
    const bound = parseBound(le);
    if (bound === undefined) query.annotations.warn(M.badBucketLabel(le, name), pos);
    else group(Labels.from([...labels].filter(([label]) => label !== 'le'))).buckets.push({ bound, row });
  }
  // Native ones first, in order of appearance.
  return [...groups.values()].sort((a, b) => Number(b.native.length > 0) - Number(a.native.length > 0));
}

function parseBound(text: string): number | undefined {
  const bound = parseFloatGo(text);
  if (bound === undefined) return undefined;
  return Number.isFinite(bound) || /inf|nan/i.test(text) ? bound : undefined;
}

const buckets = new ClassicBuckets();

function evaluate(
  context: Context,
  histogram: HistogramSeries,
  wanted: Wanted & { applies?: (step: number) => boolean },
): Row | undefined {
  const { query, steps, pos } = context;
  const labels = resultLabels(histogram.labels, wanted.label, query.delayed);
  const row = emptyRow(encodeLabels(labels), steps, query.delayed);
  let any = false;
  for (let i = 0; i < steps; i++) {
    if (wanted.applies?.(i) === false) continue;
    const native = histogram.native.find(({ present }) => present[i] === HISTOGRAM)?.histograms?.[i];
    buckets.clear();
    for (const bucket of histogram.buckets)
      if (bucket.row.present[i] === FLOAT) buckets.add(bucket.bound, bucket.row.values[i]);
    const classic = buckets.bounds.length > 0;
    if (native !== undefined && classic) {
      query.annotations.warn(M.mixedClassicNative(histogram.name), pos);
      continue;
    }
    if (native !== undefined) {
      const { value, nan } = wanted.native(native, i);
      if (nan !== undefined) tellNan(context, histogram.name, nan === 'result');
      row.values[i] = value;
    } else if (classic) {
      row.values[i] = wanted.classic(buckets, i);
      if (buckets.forced) noteFix(context, M.forMetric(histogram.name), i);
    } else continue;
    row.present[i] = FLOAT;
    any = true;
  }
  return any ? row : undefined;
}

function noteFix({ fixes, frame, steps }: Context, name: string, step: number): void {
  const time = frame.start + step * frame.step;
  let known = fixes.get(name);
  if (known === undefined) {
    const fix: MonotonicFix = { low: Infinity, high: -Infinity, difference: 0, count: 0n, firstMs: time, lastMs: time };
    fixes.set(name, (known = { fix, perStep: new Uint32Array(steps) }));
  }
  const { fix, perStep } = known;
  perStep[step]++;
  fix.low = Math.min(fix.low, buckets.forcedLow);
  fix.high = Math.max(fix.high, buckets.forcedHigh);
  fix.difference = Math.max(fix.difference, buckets.forcedBy);
  fix.firstMs = Math.min(fix.firstMs, time);
  fix.lastMs = Math.max(fix.lastMs, time);
}

function tellNan({ query, fraction, pos }: Context, name: string, isResult: boolean): void {
  if (fraction) query.annotations.info(M.nanObservationsFraction(name), pos);
  else query.annotations.info(M.nanObservations('histogram_quantile', name, isResult ? 'NaN' : 'skewed higher'), pos);
}

function resultLabels(labels: Labels, extra: readonly [string, string] | undefined, delayed: boolean): Labels {
  const kept = [...labels].filter(([name]) => name !== 'le' && (delayed || !METADATA.has(name)));
  return Labels.from(extra === undefined ? kept : [...kept, extra]);
}
