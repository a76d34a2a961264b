import { labelBytesValue } from '@tsanos/model';
import type { AggregationOp, PositionRange } from '../../parser/ast.ts';
import * as H from '../histogram-ops.ts';
import { effectiveRow } from '../label-edit.ts';
import * as M from '../messages.ts';
import type { Query } from '../query.ts';
import { emptyRow, setHistogram, type Row } from '../row.ts';
import { FLOAT, HISTOGRAM, type RowBatch } from '../row-batch.ts';
import { quantileOf } from '../../kernels/quantile.ts';

/** What accumulators know of their aggregation. */
export interface AccumulatorEnv {
  readonly query: Query;
  readonly op: AggregationOp;
  readonly steps: number;
  /** Position of the aggregated expression. */
  readonly exprPos: PositionRange;
  /** The parameter, one value a step. */
  readonly param: Float64Array | undefined;
}

/** The running state of one group over all steps. */
export interface Accumulator {
  /** Adds the cells at `base` of the batch. */
  add(batch: RowBatch, base: number): void;
  /** The result, with labels yet to be set. */
  finish(): Row;
}

/** A new accumulator for the aggregations that fold many series into one value. */
export function createAccumulator(env: AccumulatorEnv): Accumulator {
  switch (env.op) {
    case 'sum':
      return new SumAccumulator(env);
    case 'avg':
      return new AvgAccumulator(env);
    case 'count':
    case 'group':
      return new CountAccumulator(env);
    case 'min':
      return new ExtremumAccumulator(env, -1);
    case 'max':
      return new ExtremumAccumulator(env, 1);
    case 'stddev':
    case 'stdvar':
      return new VarianceAccumulator(env);
    case 'quantile':
      return new QuantileAccumulator(env);
    default:
      throw new TypeError(`${env.op} does not fold`);
  }
}

/** Histograms by step beside floats: what sum and avg share. */
class HistogramFolds {
  readonly #env: AccumulatorEnv;
  readonly #mean: boolean;
  readonly #folds: (H.HistogramFold | undefined)[] = [];

  constructor(env: AccumulatorEnv, mean: boolean) {
    this.#env = env;
    this.#mean = mean;
  }

  /** Adds the histogram of a cell of `row`. */
  add(step: number, batch: RowBatch, row: number): void {
    const histogram = batch.histograms?.[row * batch.steps + step];
    if (histogram === undefined) return;
    const fold = (this.#folds[step] ??= new H.HistogramFold(this.#mean));
    if (fold.add(histogram)) return;
    const bytes = effectiveRow(batch, row, this.#env.query.delayed);
    const name = labelBytesValue(bytes, 0, bytes.length, '__name__');
    this.#env.query.annotations.warn(M.mixedSchemas(name), this.#env.exprPos);
  }

  /** Puts the folded histograms into the row; where floats were seen too, the cell goes. */
  finish(row: Row): void {
    const { annotations } = this.#env.query;
    this.#folds.forEach((fold, step) => {
      if (fold === undefined) return;
      if (row.present[step] === FLOAT) {
        row.present[step] = 0;
        annotations.warn(M.MIXED_AGGREGATION, this.#env.exprPos);
        return;
      }
      if (fold.reconciled) annotations.info(M.reconciledBuckets('aggregation'), this.#env.exprPos);
      const result = fold.result();
      if (result === undefined) return;
      if (fold.collision) annotations.warn(M.resetCollision('aggregation'), this.#env.exprPos);
      setHistogram(row, step, result);
    });
  }
}

class SumAccumulator implements Accumulator {
  readonly #row: Row;
  readonly #rest: Float64Array;
  readonly #histograms: HistogramFolds;

  constructor(env: AccumulatorEnv) {
    this.#row = emptyRow(new Uint8Array(0), env.steps);
    this.#rest = new Float64Array(env.steps);
    this.#histograms = new HistogramFolds(env, false);
  }

  add(batch: RowBatch, base: number): void {
    const { values, present } = batch;
    const { values: sums, present: seen } = this.#row;
    const rest = this.#rest;
    const steps = seen.length;
    for (let i = 0; i < steps; i++) {
      const kind = present[base + i];
      if (kind === FLOAT) {
        const x = values[base + i];
        if (seen[i] === 0) {
          sums[i] = x;
          seen[i] = FLOAT;
          continue;
        }
        const s = sums[i];
        const t = s + x;
        if (t === Infinity || t === -Infinity) rest[i] = 0;
        else if (Math.abs(s) >= Math.abs(x)) rest[i] += s - t + x;
        else rest[i] += x - t + s;
        sums[i] = t;
      } else if (kind === HISTOGRAM) this.#histograms.add(i, batch, base / steps);
    }
  }

  finish(): Row {
    const { values, present } = this.#row;
    for (let i = 0; i < present.length; i++) if (present[i] === FLOAT) values[i] += this.#rest[i];
    this.#histograms.finish(this.#row);
    return this.#row;
  }
}

class AvgAccumulator implements Accumulator {
  readonly #row: Row;
  readonly #rest: Float64Array;
  readonly #counts: Float64Array;
  /** 1 where the sum would have overflowed and a running mean has taken its place. */
  readonly #running: Uint8Array;
  readonly #histograms: HistogramFolds;

  constructor(env: AccumulatorEnv) {
    this.#row = emptyRow(new Uint8Array(0), env.steps);
    this.#rest = new Float64Array(env.steps);
    this.#counts = new Float64Array(env.steps);
    this.#running = new Uint8Array(env.steps);
    this.#histograms = new HistogramFolds(env, true);
  }

  add(batch: RowBatch, base: number): void {
    const { values, present } = batch;
    const { values: sums, present: seen } = this.#row;
    const rest = this.#rest;
    const counts = this.#counts;
    const steps = seen.length;
    for (let i = 0; i < steps; i++) {
      const kind = present[base + i];
      if (kind === FLOAT) {
        const x = values[base + i];
        counts[i]++;
        if (seen[i] === 0) {
          sums[i] = x;
          seen[i] = FLOAT;
          continue;
        }
        const s = sums[i];
        const t = s + x;
        if (this.#running[i] === 1 || t === Infinity || t === -Infinity) {
          this.#addRunning(i, x);
          continue;
        }
        if (Math.abs(s) >= Math.abs(x)) rest[i] += s - t + x;
        else rest[i] += x - t + s;
        sums[i] = t;
      } else if (kind === HISTOGRAM) this.#histograms.add(i, batch, base / steps);
    }
  }

  #addRunning(i: number, x: number): void {
    const { values: sums } = this.#row;
    const n = this.#counts[i];
    if (this.#running[i] === 0) {
      this.#running[i] = 1;
      sums[i] /= n - 1;
      this.#rest[i] /= n - 1;
    }
    const q = (n - 1) / n;
    const s = q * sums[i];
    let c = q * this.#rest[i];
    const y = x / n;
    const t = s + y;
    if (t === Infinity || t === -Infinity) c = 0;
    else if (Math.abs(s) >= Math.abs(y)) c += s - t + y;
    else c += y - t + s;
    sums[i] = t;
    this.#rest[i] = c;
  }

  finish(): Row {
    const { values, present } = this.#row;
    for (let i = 0; i < present.length; i++) {
      if (present[i] !== FLOAT) continue;
      if (this.#running[i] === 1) values[i] += this.#rest[i];
      else values[i] = values[i] / this.#counts[i] + this.#rest[i] / this.#counts[i];
    }
    this.#histograms.finish(this.#row);
    return this.#row;
  }
}

class CountAccumulator implements Accumulator {
  readonly #row: Row;
  readonly #group: boolean;

  constructor({ steps, op }: AccumulatorEnv) {
    this.#row = emptyRow(new Uint8Array(0), steps);
    this.#group = op === 'group';
  }

  add({ present }: RowBatch, base: number): void {
    const { values } = this.#row;
    const steps = values.length;
    for (let i = 0; i < steps; i++) if (present[base + i] !== 0) values[i]++;
  }

  finish(): Row {
    const { values, present } = this.#row;
    for (let i = 0; i < values.length; i++) {
      if (values[i] === 0) continue;
      present[i] = FLOAT;
      if (this.#group) values[i] = 1;
    }
    return this.#row;
  }
}

class ExtremumAccumulator implements Accumulator {
  readonly #env: AccumulatorEnv;
  readonly #row: Row;
  readonly #sign: number;

  constructor(env: AccumulatorEnv, sign: number) {
    this.#env = env;
    this.#row = emptyRow(new Uint8Array(0), env.steps);
    this.#sign = sign;
  }

  add({ values, present }: RowBatch, base: number): void {
    const { values: best, present: seen } = this.#row;
    const steps = best.length;
    const max = this.#sign > 0;
    for (let i = 0; i < steps; i++) {
      const kind = present[base + i];
      if (kind === FLOAT) {
        const x = values[base + i];
        const b = best[i];
        if (seen[i] === 0) {
          seen[i] = FLOAT;
          best[i] = x;
        } else if ((max ? b < x : b > x) || b !== b) best[i] = x;
      } else if (kind === HISTOGRAM) ignoreHistogram(this.#env);
    }
  }

  finish(): Row {
    return this.#row;
  }
}

function ignoreHistogram({ query, op, exprPos }: AccumulatorEnv): void {
  query.annotations.info(M.ignoredInAggregation(op), exprPos);
}

class VarianceAccumulator implements Accumulator {
  readonly #env: AccumulatorEnv;
  readonly #row: Row;
  readonly #means: Float64Array;
  readonly #counts: Float64Array;

  constructor(env: AccumulatorEnv) {
    this.#env = env;
    this.#row = emptyRow(new Uint8Array(0), env.steps);
    this.#means = new Float64Array(env.steps);
    this.#counts = new Float64Array(env.steps);
  }

  add({ values, present }: RowBatch, base: number): void {
    const { values: squares, present: seen } = this.#row;
    for (let i = 0; i < seen.length; i++) {
      const kind = present[base + i];
      if (kind === FLOAT) {
        const x = values[base + i];
        const n = ++this.#counts[i];
        if (seen[i] === 0) {
          seen[i] = FLOAT;
          this.#means[i] = x;
          squares[i] = Number.isFinite(x) ? 0 : Number.NaN;
          continue;
        }
        const delta = x - this.#means[i];
        this.#means[i] += delta / n;
        squares[i] += delta * (x - this.#means[i]);
      } else if (kind === HISTOGRAM) ignoreHistogram(this.#env);
    }
  }

  finish(): Row {
    const { values, present } = this.#row;
    for (let i = 0; i < values.length; i++) {
      if (present[i] === 0) continue;
      values[i] /= this.#counts[i];
      if (this.#env.op === 'stddev') values[i] = Math.sqrt(values[i]);
    }
    return this.#row;
  }
}

/** Keeps all values: quantiles of a step need them all. */
class QuantileAccumulator implements Accumulator {
  readonly #env: AccumulatorEnv;
  readonly #lists: number[][] = [];
  readonly #row: Row;

  constructor(env: AccumulatorEnv) {
    this.#env = env;
    this.#row = emptyRow(new Uint8Array(0), env.steps);
  }

  add({ values, present }: RowBatch, base: number): void {
    let held = 0;
    for (let i = 0; i < this.#env.steps; i++) {
      const kind = present[base + i];
      if (kind === FLOAT) {
        (this.#lists[i] ??= []).push(values[base + i]);
        held++;
      } else if (kind === HISTOGRAM) ignoreHistogram(this.#env);
    }
    this.#env.query.hold(held);
  }

  finish(): Row {
    const { values, present } = this.#row;
    for (let i = 0; i < present.length; i++) {
      const list = this.#lists[i];
      if (list === undefined) continue;
      const phi = this.#env.param?.[i] ?? Number.NaN;
      values[i] = quantileOf(phi, Float64Array.from(list));
      present[i] = FLOAT;
      this.#env.query.release(list.length);
    }
    this.#lists.length = 0;
    return this.#row;
  }
}
