import { SampleColumns, labelBytesValue } from '@tsanos/model';
import type { Grid, RowTarget } from '../kernels/grid.ts';
import type { PositionRange } from '../parser/ast.ts';
import type { CallNode, Frame, MatrixNode, SubqueryNode } from '../plan/nodes.ts';
import { frameSteps, unwrapInvariant } from '../plan/nodes.ts';
import { extendedWindow } from './extended-range.ts';
import { histogramSize } from './histogram-size.ts';
import * as M from './messages.ts';
import { NameMemo } from './name-memo.ts';
import * as H from './histogram-ops.ts';
import type { Query } from './query.ts';
import type { RangeFunction } from './range-functions.ts';
import type { RangeEnv } from './range-env.ts';
import { ABSENT, FLOAT, HISTOGRAM, RowBatch } from './row-batch.ts';
import { referenceTimes, selectorRows, type RowMaker, type SeriesView } from './series-rows.ts';
import { overlapsBefore } from './start-overlap.ts';
import { statsOnlyHints } from './stats-only.ts';
import { SeriesSamples, Window } from './window.ts';

/** The argument of a call that is a range vector. */
export function rangeArgument(node: CallNode): MatrixNode | SubqueryNode {
  for (const arg of node.args) {
    const inner = unwrapInvariant(arg);
    if (inner.kind === 'matrix' || inner.kind === 'subquery') return inner;
  }
  throw new TypeError(`${node.func.name} has no range vector argument`);
}

/** The rows of a function of a range vector. */
export async function* rangeCallRows(
  query: Query,
  node: CallNode,
  frame: Frame,
  func: RangeFunction,
): AsyncGenerator<RowBatch> {
  const scalars: Float64Array[] = [];
  for (const arg of node.args) {
    const { kind } = unwrapInvariant(arg);
    if (kind !== 'matrix' && kind !== 'subquery') scalars.push(await query.scalar(arg, frame));
  }
  const range = rangeArgument(node);
  const maker = new RangeMaker(query, node, func, frame, range, scalars);
  if (range.kind === 'matrix') yield* selectorRows(query, range.selector, frame, maker);
  else yield* subqueryRows(query, range, frame, maker);
}

/** Evaluates a subquery's expression on its own grid and makes a row of each of its rows. */
async function* subqueryRows(
  query: Query,
  node: SubqueryNode,
  frame: Frame,
  maker: RangeMaker,
): AsyncGenerator<RowBatch> {
  const out = new RowBatch(frameSteps(frame));
  const samples = new SampleColumns(Math.max(16, frameSteps(node.frame)));
  const series = new RowView();
  if (frameSteps(node.frame) === 0) return;
  for await (const batch of query.rows(node.expr, node.frame)) {
    for (let row = 0; row < batch.count; row++) {
      pointsOf(batch, row, node.frame, samples);
      if (samples.n > 0) {
        series.at(batch, row, query.delayed);
        maker.make(samples, out, out.nextBase, series);
        if (out.nextHasCells()) {
          const drop = maker.dropName || batch.dropName[row] === 1;
          out.push(batch.labelBuffer[row], batch.labelOffset[row], batch.labelLength[row], drop);
        }
        if (out.full) {
          yield out;
          out.clear();
        }
      }
      if (query.due()) await query.pause();
    }
  }
  if (out.count > 0) yield out;
}

/** Labels of a row of a subquery, as `SeriesView` has them of a series. */
class RowView implements Pick<SeriesView, 'metricName' | 'label'> {
  #buffer: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #length = 0;
  #nameless = false;
  readonly #names = new NameMemo();

  at(batch: RowBatch, row: number, delayed: boolean): void {
    this.#buffer = batch.labelBuffer[row];
    this.#offset = batch.labelOffset[row];
    this.#length = batch.labelLength[row];
    this.#nameless = batch.dropName[row] === 1 && !delayed;
  }

  metricName(): string {
    return this.#nameless ? '' : this.#names.nameOf(this.#buffer, this.#offset, this.#length);
  }

  label(name: string): string {
    return this.#nameless && name.startsWith('__')
      ? ''
      : labelBytesValue(this.#buffer, this.#offset, this.#length, name);
  }
}

/** The cells of a row as samples; reset hints that speak of a sample before no longer hold. */
export function pointsOf(batch: RowBatch, row: number, frame: Frame, out: SampleColumns): void {
  out.clear();
  out.reserve(batch.steps);
  const { t, v } = out;
  const base = row * batch.steps;
  let n = 0;
  for (let step = 0; step < batch.steps; step++) {
    const kind = batch.present[base + step];
    if (kind === ABSENT) continue;
    t[n] = frame.start + step * frame.step;
    if (kind === HISTOGRAM) {
      const histogram = batch.histograms?.[base + step];
      if (histogram === undefined) continue;
      out.h ??= [];
      const known = histogram.counterResetHint === 'reset' || histogram.counterResetHint === 'not_reset';
      out.h[n] = known ? H.withHint(histogram, 'unknown') : histogram;
      v[n] = 0;
    } else v[n] = batch.values[base + step];
    n++;
  }
  out.n = n;
}

/** Where annotations point to; Prometheus evaluates a subquery into something that stands nowhere. */
function argumentPosition({ args }: CallNode): PositionRange {
  return unwrapInvariant(args[0]).kind === 'subquery' ? { start: 0, end: 0 } : args[0].pos;
}

/** Makes the row of a range function from the samples of a series. */
class RangeMaker implements RowMaker {
  readonly mint: number;
  readonly maxt: number;
  readonly dropName: boolean;
  readonly #query: Query;
  readonly #func: RangeFunction;
  readonly #name: string;
  readonly #grid: Grid;
  readonly #samples = new SeriesSamples();
  readonly #env: MutableEnv;
  readonly #statsOnly: boolean;
  readonly #extended: ReturnType<typeof extendedWindow>;
  readonly #target: { values: Float64Array; present: Uint8Array; base: number };
  #checkedName = '';

  constructor(
    query: Query,
    node: CallNode,
    func: RangeFunction,
    frame: Frame,
    range: MatrixNode | SubqueryNode,
    scalars: readonly Float64Array[],
  ) {
    const time = range.kind === 'matrix' ? range.selector : range;
    const { first, stride, last } = referenceTimes(frame, time);
    this.#query = query;
    this.#func = func;
    this.#name = node.func.name;
    this.#grid = {
      steps: frameSteps(frame),
      first,
      stride,
      range: range.range,
      worked: (samples) => query.worked(samples),
    };
    this.dropName = func.keepsName !== true;
    this.#statsOnly = range.kind === 'matrix' && range.selector.statsOnly;
    this.#extended =
      range.kind === 'matrix' ? extendedWindow(this.#name, range.selector, query.plan.lookback) : undefined;
    this.mint = first - range.range + 1 - (this.#extended?.before ?? 0);
    this.maxt = last + (this.#extended?.after ?? 0);
    this.#env = {
      query,
      argPos: argumentPosition(node),
      scalars,
      series: undefined,
      metricName(): string {
        return this.series?.metricName() ?? '';
      },
      label(name: string): string {
        return this.series?.label(name) ?? '';
      },
      stepTime: (step) => frame.start + step * frame.step,
    };
    this.#target = { values: new Float64Array(0), present: new Uint8Array(0), base: 0 };
  }

  make(columns: SampleColumns, batch: RowBatch, base: number, series: Pick<SeriesView, 'metricName' | 'label'>): void {
    this.#env.series = series;
    if (this.#statsOnly && columns.h !== undefined) statsOnlyHints(columns);
    const starts = this.#func.usesStarts === true && this.#query.settings.features.startTimestamps;
    const samples = this.#samples;
    samples.take(columns, starts);
    if (starts && this.#name !== 'irate' && overlapsBefore(columns, this.#grid)) {
      this.#query.annotations.warnCounted(M.overlappingStart(series.metricName()), this.#env.argPos);
    }
    const target: RowTarget = this.#aim(batch, base);
    this.#query.stats.samplesRead += columns.n;
    if (this.#query.stats.enabled) this.#count(samples);
    else this.#query.stats.totalQueryableSamples += columns.n;
    if (this.#extended !== undefined) this.#eachExtended(batch, base);
    else if (samples.histograms.n === 0 && samples.floatStarts === undefined && this.#func.sliding !== undefined) {
      this.#func.sliding(samples.floats, this.#grid, target, this.#env);
    } else this.#eachWindow(batch, base);
    if (this.#func.counterName === true) this.#checkName(batch, base, series);
  }

  #aim(batch: RowBatch, base: number): RowTarget {
    const target = this.#target;
    target.values = batch.values;
    target.present = batch.present;
    target.base = base;
    return target;
  }

  #eachWindow(batch: RowBatch, base: number): void {
    const window = new Window(this.#samples, this.#grid);
    for (let i = 0; i < this.#grid.steps; i++) {
      window.moveTo(i);
      if (window.floatCount + window.histogramCount === 0) continue;
      this.#func.window(window, this.#env);
      this.#query.worked(window.floatCount + window.histogramCount);
      put(window, batch, base + i);
    }
  }

  #eachExtended(batch: RowBatch, base: number): void {
    const extended = this.#extended;
    if (extended === undefined) return;
    const window = new Window(this.#samples, this.#grid);
    for (let i = 0; i < this.#grid.steps; i++) {
      extended.evaluate(window, i, this.#env);
      this.#query.worked(window.floatCount);
      put(window, batch, base + i);
    }
  }

  /** Counts the samples of every window. */
  #count(samples: SeriesSamples): void {
    const window = new Window(samples, this.#grid);
    for (let i = 0; i < this.#grid.steps; i++) {
      window.moveTo(i);
      let read = window.floatCount;
      for (let k = window.hFrom; k < window.hTo; k++) read += histogramSize(samples.histograms.h[k]);
      if (read > 0) this.#query.stats.read(i, read);
    }
  }

  /** A counter's name should say that it is one; asked for where floats came out. */
  #checkName({ present }: RowBatch, base: number, series: Pick<SeriesView, 'metricName' | 'label'>): void {
    const { annotations, settings } = this.#query;
    const name = series.metricName();
    if (name === '') return;
    if (settings.features.typeAndUnitLabels) {
      const type = series.label('__type__');
      if (type === 'counter' || type === 'histogram' || !hasFloat(present, base, this.#grid.steps)) return;
      annotations.info(M.possiblyNotCounterType(name, type), this.#env.argPos);
      return;
    }
    if (name === this.#checkedName || /_(?:total|sum|count|bucket)$/.test(name)) return;
    if (!hasFloat(present, base, this.#grid.steps)) return;
    this.#checkedName = name;
    annotations.info(M.possiblyNotCounter(name), this.#env.argPos);
  }
}

interface MutableEnv extends RangeEnv {
  series: Pick<SeriesView, 'metricName' | 'label'> | undefined;
}

function hasFloat(present: Uint8Array, base: number, steps: number): boolean {
  for (let i = base; i < base + steps; i++) if (present[i] === FLOAT) return true;
  return false;
}

function put(window: Window, batch: RowBatch, cell: number): void {
  if (!window.found) return;
  if (window.histogram !== undefined) batch.setHistogram(cell, window.histogram);
  else {
    batch.values[cell] = window.value;
    batch.present[cell] = FLOAT;
  }
}
