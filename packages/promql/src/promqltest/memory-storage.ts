import {
  type FloatHistogram,
  Labels,
  type Matcher,
  STALE_HI,
  STALE_LO,
  SampleColumns,
  compareLabels,
  encodeLabels,
  isStaleAt,
  labelsToString,
} from '@tsanos/model';
import { Aggr, Encoding, type SampleReader, type SeriesBatch, SeriesBatchBuilder } from '@tsanos/series';
import type { Queryable, SelectRequest, Selection } from '../queryable.ts';
import { storedHint } from './chunk-rules.ts';

interface StoredSeries {
  readonly labels: Labels;
  readonly columns: SampleColumns;
}

const NO_BYTES = new Uint8Array(0);

/**
 * Series in memory for tests and scripts: samples are appended by time and can be queried at once. Histograms come back
 * with the reset hints that Prometheus' chunks would give them.
 */
export class MemoryStorage implements Queryable {
  readonly #series = new Map<string, StoredSeries>();

  /** Adds one sample; a start time of 0 is unknown. A sample at the time of the last one replaces it. */
  append(labels: Labels, t: number, value: number | 'stale' | FloatHistogram, start = 0): void {
    const { columns } = this.#of(labels);
    if (columns.n > 0 && t === columns.t[columns.n - 1]) columns.n--;
    if (columns.n > 0 && t < columns.t[columns.n - 1]) {
      throw new Error(`out of order sample of ${labelsToString(labels)} at ${t}`);
    }
    columns.reserve(1);
    const i = columns.n++;
    columns.t[i] = t;
    if (columns.h !== undefined) columns.h[i] = undefined;
    if (value === 'stale') {
      columns.w[2 * i] = STALE_LO;
      columns.w[2 * i + 1] = STALE_HI;
    } else if (typeof value === 'number') columns.v[i] = value;
    else putHistogram(columns, i, value);
    if (start !== 0) columns.st ??= new Float64Array(columns.t.length);
    if (columns.st !== undefined) columns.st[i] = start;
  }

  #of(labels: Labels): StoredSeries {
    const key = labelsToString(labels);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels, columns: new SampleColumns(16) };
      this.#series.set(key, series);
    }
    return series;
  }

  /** Forgets everything. */
  clear(): void {
    this.#series.clear();
  }

  select(request: SelectRequest): Selection {
    const { matchers, mint, maxt } = request;
    const found = [...this.#series.values()]
      .filter(({ labels, columns }) => matchesAll(matchers, labels) && overlaps(columns, mint, maxt))
      .sort((a, b) => compareLabels(a.labels, b.labels));
    return { batches: oneBatch(found), reader: new ColumnsReader(found) };
  }
}

function putHistogram(columns: SampleColumns, i: number, value: FloatHistogram): void {
  columns.h ??= [];
  const previous = i > 0 && !isStaleAt(columns.w, i - 1) ? columns.h[i - 1] : undefined;
  columns.h[i] = { ...value, counterResetHint: storedHint(previous, value) };
  columns.v[i] = value.sum;
}

function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matcher.matches(labels.get(matcher.name)));
}

function overlaps({ t, n }: SampleColumns, mint: number, maxt: number): boolean {
  return n > 0 && t[0] <= maxt && t[n - 1] >= mint;
}

/** One chunk row a series; its offset is the number of the series. */
async function* oneBatch(found: readonly StoredSeries[]): AsyncGenerator<SeriesBatch> {
  if (found.length === 0) return;
  const builder = new SeriesBatchBuilder();
  found.forEach(({ labels, columns }, i) => {
    const bytes = encodeLabels(labels);
    builder.series(bytes, 0, bytes.length);
    builder.chunk(NO_BYTES, i, 0, columns.t[0], columns.t[columns.n - 1], Encoding.NONE, Aggr.RAW);
  });
  yield builder.finish();
}

class ColumnsReader implements SampleReader {
  readonly #found: readonly StoredSeries[];

  constructor(found: readonly StoredSeries[]) {
    this.#found = found;
  }

  read(batch: SeriesBatch, from: number, to: number, mint: number, maxt: number, out: SampleColumns): void {
    for (let row = batch.chunkStart[from]; row < batch.chunkStart[to]; row++) {
      copyRange(this.#found[batch.chunkOffset[row]].columns, mint, maxt, out);
    }
  }
}

function copyRange(source: SampleColumns, mint: number, maxt: number, out: SampleColumns): void {
  out.reserve(source.n);
  for (let i = 0; i < source.n; i++) {
    if (source.t[i] < mint || source.t[i] > maxt) continue;
    const o = out.n++;
    out.t[o] = source.t[i];
    out.w[2 * o] = source.w[2 * i];
    out.w[2 * o + 1] = source.w[2 * i + 1];
    if (source.st !== undefined) {
      out.st ??= new Float64Array(out.t.length);
      out.st[o] = source.st[i];
    }
    const histogram = source.h?.[i];
    if (histogram !== undefined) {
      out.h ??= [];
      out.h[o] = histogram;
    }
  }
}
