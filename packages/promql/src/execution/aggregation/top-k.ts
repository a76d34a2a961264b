import type { AggregationNode, Frame } from '../../plan/nodes.ts';
import { frameSteps } from '../../plan/nodes.ts';
import * as M from '../messages.ts';
import type { Query } from '../query.ts';
import { emptyRow, streamRows, type Row } from '../row.ts';
import { FLOAT, HISTOGRAM, RowBatch, type Rows } from '../row-batch.ts';
import { Grouper } from './grouper.ts';

/** The best `k` of one group at one step: a binary heap with the worst on top, kept as Go's container/heap keeps it. */
class Heap {
  readonly values: number[] = [];
  readonly rows: number[] = [];
  readonly #sign: number;

  constructor(sign: number) {
    this.#sign = sign;
  }

  /** Whether `x` is worse than `y`; NaN is worse than anything. */
  #worse(x: number, y: number): boolean {
    return x !== x || (this.#sign > 0 ? x < y : x > y);
  }

  /** Takes a value if there is room or it is strictly better than the worst; whether it did. */
  offer(value: number, row: number, k: number): boolean {
    const { values, rows } = this;
    if (values.length < k) {
      values.push(value);
      rows.push(row);
      this.#up(values.length - 1);
      return true;
    }
    const top = values[0];
    const better = this.#sign > 0 ? top < value : top > value;
    if (!better && !(top !== top && value === value)) return false;
    values[0] = value;
    rows[0] = row;
    this.#down(0);
    return true;
  }

  #swap(i: number, j: number): void {
    const { values, rows } = this;
    const value = values[i];
    values[i] = values[j];
    values[j] = value;
    const row = rows[i];
    rows[i] = rows[j];
    rows[j] = row;
  }

  #up(from: number): void {
    let j = from;
    for (;;) {
      const i = (j - 1) >> 1;
      if (j === 0 || !this.#worse(this.values[j], this.values[i])) return;
      this.#swap(i, j);
      j = i;
    }
  }

  #down(from: number): void {
    const n = this.values.length;
    let i = from;
    for (;;) {
      let j = 2 * i + 1;
      if (j >= n) return;
      if (j + 1 < n && this.#worse(this.values[j + 1], this.values[j])) j++;
      if (!this.#worse(this.values[j], this.values[i])) return;
      this.#swap(i, j);
      i = j;
    }
  }

  /** Positions from best to worst. */
  order(): number[] {
    const { values } = this;
    return values
      .map((_, i) => i)
      .sort((a, b) => {
        if (this.#worse(values[a], values[b]) && !this.#worse(values[b], values[a])) return 1;
        return this.#worse(values[b], values[a]) && !this.#worse(values[a], values[b]) ? -1 : 0;
      });
  }
}

/** `topk` (`sign` 1) and `bottomk` (-1): whole rows stream by, only candidates stay. */
export async function* topRows(
  query: Query,
  node: AggregationNode,
  frame: Frame,
  input: Rows,
  ks: Float64Array,
  sign: number,
): AsyncGenerator<RowBatch> {
  const steps = frameSteps(frame);
  const grouper = new Grouper(node.grouping, node.without);
  const heaps: (Heap | undefined)[][] = [];
  const candidates: Row[] = [];
  for await (const batch of input) {
    for (let row = 0; row < batch.count; row++) {
      const base = row * steps;
      let candidate = -1;
      let group: (Heap | undefined)[] | undefined;
      for (let i = 0; i < steps; i++) {
        const kind = batch.present[base + i];
        if (kind === 0) continue;
        group ??= groupOf(query, batch, row, grouper, heaps);
        const k = Math.trunc(ks[i]);
        if (k < 1) continue;
        if (kind === HISTOGRAM) {
          query.annotations.info(M.ignoredInAggregation(node.op), node.pos);
          continue;
        }
        const heap = (group[i] ??= new Heap(sign));
        if (heap.offer(batch.values[base + i], candidates.length, k) && candidate < 0) candidate = candidates.length;
      }
      if (candidate >= 0) candidates.push(labelsOnly(batch, row));
    }
    if (query.due()) await query.pause();
  }
  yield* streamRows(
    steps === 1 ? orderedResult(heaps, candidates) : matrixResult(heaps, candidates, steps),
    new RowBatch(steps),
  );
}

function groupOf(
  query: Query,
  batch: RowBatch,
  row: number,
  grouper: Grouper,
  heaps: (Heap | undefined)[][],
): (Heap | undefined)[] {
  const nameless = batch.dropName[row] === 1 && !query.delayed;
  const group = grouper.groupOf(batch.labelBuffer[row], batch.labelOffset[row], batch.labelLength[row], nameless);
  return (heaps[group] ??= []);
}

function labelsOnly(batch: RowBatch, row: number): Row {
  const offset = batch.labelOffset[row];
  const labels = batch.labelBuffer[row].subarray(offset, offset + batch.labelLength[row]);
  return { ...emptyRow(labels, 0), dropName: batch.dropName[row] === 1 };
}

function orderedResult(heaps: readonly (Heap | undefined)[][], candidates: readonly Row[]): Row[] {
  const rows: Row[] = [];
  for (const [heap] of heaps) {
    if (heap === undefined) continue;
    for (const i of heap.order()) {
      const { labels, dropName } = candidates[heap.rows[i]];
      const row = emptyRow(labels, 1, dropName);
      row.values[0] = heap.values[i];
      row.present[0] = FLOAT;
      rows.push(row);
    }
  }
  return rows;
}

function matrixResult(heaps: readonly (Heap | undefined)[][], candidates: readonly Row[], steps: number): Row[] {
  const rows: Row[] = [];
  for (const group of heaps) {
    for (let step = 0; step < steps; step++) {
      const heap = group[step];
      if (heap === undefined) continue;
      for (let i = 0; i < heap.values.length; i++) {
        const id = heap.rows[i];
        const row = (rows[id] ??= emptyRow(candidates[id].labels, steps, candidates[id].dropName));
        row.values[step] = heap.values[i];
        row.present[step] = FLOAT;
      }
    }
  }
  return rows.filter((row) => row !== undefined);
}
