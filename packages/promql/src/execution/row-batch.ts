import type { FloatHistogram } from '@tsanos/model';

/** What `present` says of a cell. */
export const ABSENT = 0;
export const FLOAT = 1;
export const HISTOGRAM = 2;

/** Cells a batch holds at most, so that it stays in the processor's cache between two operators. */
const BATCH_CELLS = 32_768;
const BATCH_ROWS = 1024;

/**
 * Rows of a vector over all steps, row by row. Operators yield one batch over and over: it is valid until the next one is
 * asked for, and consumers copy what they keep. Rows without any cell are not handed out.
 */
export class RowBatch {
  count = 0;
  readonly steps: number;
  readonly capacity: number;
  /** Cell of step `s` of row `r` is at `r * steps + s`. Meaningful where `present` is FLOAT. */
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** By cell; undefined while no cell of the batch is a histogram. */
  histograms: (FloatHistogram | undefined)[] | undefined;
  /** Labels of a row as in `SeriesBatch`: bytes of a buffer. */
  readonly labelBuffer: Uint8Array[] = [];
  readonly labelOffset: Int32Array;
  readonly labelLength: Int32Array;
  /** 1: name, type and unit no longer belong to the labels, though the bytes still have them. */
  readonly dropName: Uint8Array;

  constructor(steps: number) {
    this.steps = steps;
    this.capacity = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_CELLS / Math.max(1, steps))));
    this.values = new Float64Array(this.capacity * steps);
    this.present = new Uint8Array(this.capacity * steps);
    this.labelOffset = new Int32Array(this.capacity);
    this.labelLength = new Int32Array(this.capacity);
    this.dropName = new Uint8Array(this.capacity);
  }

  get full(): boolean {
    return this.count === this.capacity;
  }

  /** Forgets the rows. */
  clear(): void {
    this.present.fill(0, 0, this.count * this.steps);
    this.count = 0;
    this.histograms = undefined;
  }

  /** Index of the first cell of the row that would be added next. */
  get nextBase(): number {
    return this.count * this.steps;
  }

  /** Undoes what was written into the row that would be added next. */
  discard(): void {
    this.present.fill(0, this.nextBase, this.nextBase + this.steps);
  }

  /** Whether the row that would be added next has any cell. */
  nextHasCells(): boolean {
    const { present, steps } = this;
    const base = this.nextBase;
    for (let i = base; i < base + steps; i++) if (present[i] !== ABSENT) return true;
    return false;
  }

  /** Adds the row whose cells were written at `nextBase`. */
  push(buffer: Uint8Array, offset: number, length: number, dropName: boolean): void {
    const row = this.count++;
    this.labelBuffer[row] = buffer;
    this.labelOffset[row] = offset;
    this.labelLength[row] = length;
    this.dropName[row] = dropName ? 1 : 0;
  }

  setHistogram(cell: number, histogram: FloatHistogram): void {
    this.histograms ??= [];
    this.histograms[cell] = histogram;
    this.present[cell] = HISTOGRAM;
  }
}

/** A vector as a stream of batches. */
export type Rows = AsyncIterable<RowBatch>;
