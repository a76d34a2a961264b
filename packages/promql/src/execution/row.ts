import type { FloatHistogram } from '@tsanos/model';
import { ABSENT, HISTOGRAM, type RowBatch, type Rows } from './row-batch.ts';

/** One row that was kept: its own copy of cells and labels. */
export interface Row {
  labels: Uint8Array;
  dropName: boolean;
  /** One a step. */
  values: Float64Array;
  present: Uint8Array;
  /** By step; undefined when the row has no histogram. */
  histograms: (FloatHistogram | undefined)[] | undefined;
}

/** Copies a row out of a batch. */
export function keepRow(batch: RowBatch, row: number): Row {
  const { steps } = batch;
  const base = row * steps;
  const present = batch.present.slice(base, base + steps);
  const offset = batch.labelOffset[row];
  let histograms: Row['histograms'];
  if (batch.histograms !== undefined && present.includes(HISTOGRAM)) {
    histograms = [];
    for (let i = 0; i < steps; i++) if (present[i] === HISTOGRAM) histograms[i] = batch.histograms[base + i];
  }
  return {
    labels: batch.labelBuffer[row].subarray(offset, offset + batch.labelLength[row]),
    dropName: batch.dropName[row] === 1,
    values: batch.values.slice(base, base + steps),
    present,
    histograms,
  };
}

/** All rows of a stream. */
export async function collectRows(rows: Rows, onBatch?: (batch: RowBatch) => void): Promise<Row[]> {
  const kept: Row[] = [];
  for await (const batch of rows) {
    onBatch?.(batch);
    for (let row = 0; row < batch.count; row++) kept.push(keepRow(batch, row));
  }
  return kept;
}

/** A row without cells. */
export function emptyRow(labels: Uint8Array, steps: number, dropName = false): Row {
  return { labels, dropName, values: new Float64Array(steps), present: new Uint8Array(steps), histograms: undefined };
}

/** Whether any step has a cell. */
export function hasCells({ present }: Row): boolean {
  for (let i = 0; i < present.length; i++) if (present[i] !== ABSENT) return true;
  return false;
}

/** Writes a histogram cell. */
export function setHistogram(row: Row, step: number, histogram: FloatHistogram): void {
  row.histograms ??= [];
  row.histograms[step] = histogram;
  row.present[step] = HISTOGRAM;
}

/** Puts kept rows into the stream's form again. */
export async function* streamRows(rows: Iterable<Row>, batch: RowBatch): AsyncGenerator<RowBatch> {
  batch.clear();
  for (const row of rows) {
    if (!hasCells(row)) continue;
    if (batch.full) {
      yield batch;
      batch.clear();
    }
    const base = batch.nextBase;
    batch.values.set(row.values, base);
    batch.present.set(row.present, base);
    if (row.histograms !== undefined) {
      for (let i = 0; i < batch.steps; i++) {
        const histogram = row.histograms[i];
        if (histogram !== undefined && row.present[i] === HISTOGRAM) batch.setHistogram(base + i, histogram);
      }
    }
    batch.push(row.labels, 0, row.labels.length, row.dropName);
  }
  if (batch.count > 0) yield batch;
}
