import { TsanosError } from '@tsanos/bytes';
import { SampleColumns, decodeLabels, labelsToString } from '@tsanos/model';
import { encodingName } from '../chunkenc/chunk-error.ts';
import { decodeWhole } from '../chunkenc/decode.ts';
import { Aggr, type SeriesBatch } from '../series-batch.ts';
import { appendAverage } from './average.ts';
import { dropSeen } from './columns-ops.ts';
import { CounterJoin } from './counter-join.ts';
import { CounterResets } from './counter-resets.ts';

/** What a unit is to be read as: one aggregate (raw data stands in for any), the average, or a counter. */
export type UnitMode =
  | typeof Aggr.RAW
  | typeof Aggr.COUNT
  | typeof Aggr.SUM
  | typeof Aggr.MIN
  | typeof Aggr.MAX
  | 'average'
  | 'counter'
  | 'counter-thanos';

const AGGR_NAMES: Readonly<Record<number, string>> = {
  [Aggr.COUNT]: 'count',
  [Aggr.SUM]: 'sum',
  [Aggr.MIN]: 'min',
  [Aggr.MAX]: 'max',
  [Aggr.COUNTER]: 'counter',
};

/** Decodes the units (see `ChunkUnits`) of one replica, one after the other, into columns. */
export class UnitDecoder {
  readonly #mode: UnitMode;
  readonly #warn: (text: string) => void;
  readonly #scratch = new SampleColumns();
  readonly #counts = new SampleColumns();
  #join = new CounterJoin();
  #resets = new CounterResets();
  #start = 0;

  constructor(mode: UnitMode, warn: (text: string) => void) {
    this.#mode = mode;
    this.#warn = warn;
  }

  /** Begins a replica, whose samples will be appended to `out`. */
  begin(out: SampleColumns): void {
    this.#start = out.n;
    if (this.#mode === 'counter') this.#join = new CounterJoin();
    if (this.#mode === 'counter-thanos') this.#resets = new CounterResets();
  }

  /** Appends the samples of the unit in chunk rows `first` to `end` (exclusive) of series `series`. */
  unit(batch: SeriesBatch, series: number, first: number, end: number, out: SampleColumns): void {
    const raw = batch.chunkAggr[first] === Aggr.RAW;
    switch (this.#mode) {
      case 'average':
        if (raw) this.#row(batch, series, first, out);
        else this.#average(batch, series, first, end, out);
        return;
      case 'counter': {
        if (raw) {
          const from = out.n;
          this.#row(batch, series, first, out);
          dropSeen(out, from, this.#start);
          this.#join.raw(out, from);
        } else if (this.#aggregate(batch, series, first, end, Aggr.COUNTER, this.#scratch)) {
          this.#join.downsampled(this.#scratch, out, this.#start);
        }
        return;
      }
      case 'counter-thanos':
        this.#scratch.clear();
        if (raw) this.#row(batch, series, first, this.#scratch);
        else if (!this.#aggregate(batch, series, first, end, Aggr.COUNTER, this.#scratch)) return;
        this.#resets.chunk(this.#scratch, out);
        return;
      default: {
        if (raw) {
          this.#row(batch, series, first, out);
          return;
        }
        const row = this.#find(batch, series, first, end, this.#mode);
        if (row >= 0) this.#row(batch, series, row, out);
      }
    }
  }

  #average(batch: SeriesBatch, series: number, first: number, end: number, out: SampleColumns): void {
    if (!this.#aggregate(batch, series, first, end, Aggr.COUNT, this.#counts)) return;
    if (!this.#aggregate(batch, series, first, end, Aggr.SUM, this.#scratch)) return;
    appendAverage(this.#counts, this.#scratch, out);
  }

  /** Decodes one aggregate into cleared columns; false when it is not there. */
  #aggregate(batch: SeriesBatch, series: number, first: number, end: number, aggr: Aggr, into: SampleColumns): boolean {
    into.clear();
    const row = this.#find(batch, series, first, end, aggr);
    if (row < 0) return false;
    this.#row(batch, series, row, into);
    return true;
  }

  #find(batch: SeriesBatch, series: number, first: number, end: number, aggr: Aggr): number {
    for (let row = first; row < end; row++) if (batch.chunkAggr[row] === aggr) return row;
    const name = AGGR_NAMES[aggr] ?? 'raw';
    this.#warn(
      `series ${labelsText(batch, series)}: a downsampled chunk has no ${name} aggregate; its samples are left out`,
    );
    return -1;
  }

  #row(batch: SeriesBatch, series: number, row: number, out: SampleColumns): void {
    const encoding = batch.chunkEncoding[row];
    try {
      decodeWhole(
        batch.chunkBuffers[batch.chunkBuffer[row]],
        batch.chunkOffset[row],
        batch.chunkLength[row],
        encoding,
        out,
      );
    } catch (error) {
      if (!(error instanceof TsanosError)) throw error;
      const labels = labelsText(batch, series);
      if (error.kind !== 'unsupported')
        throw new TsanosError(
          error.kind,
          error.code,
          `series ${labels}: ${error.message}`,
          { ...error.fields, series: labels },
          error,
        );
      this.#warn(
        `series ${labels}: chunk encoding ${encodingName(encoding)} cannot be decoded; its samples are left out`,
      );
    }
  }
}

function labelsText(batch: SeriesBatch, series: number): string {
  return labelsToString(
    decodeLabels(batch.labelBuffers[batch.labelBuffer[series]], batch.labelOffset[series], batch.labelLength[series]),
  );
}
