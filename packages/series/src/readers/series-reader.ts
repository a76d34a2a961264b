import { SampleColumns } from '@tsanos/model';
import { ChunkUnits } from '../merge/chunk-units.ts';
import type { SampleReader } from '../sample-reader.ts';
import { Aggr, type SeriesBatch } from '../series-batch.ts';
import { aggrsForFunc, isCounterFunc } from './aggrs-for-func.ts';
import { keepAscending } from './columns-ops.ts';
import { overlapSplit } from './overlap-split.ts';
import { UnitDecoder, type UnitMode } from './unit-decoder.ts';

/** How a reader is to read. */
export interface ReaderOptions {
  /** The function directly above the selector, '' for none: decides which aggregate of downsampled data is read. */
  func?: string;
  /** Told of samples that had to be left out. */
  warn?: (text: string) => void;
  /**
   * `engine` (default): raw counters reach the engine as they are, and only what it could not see is adjusted. `thanos`: resets
   * are added up before the engine sees any sample, with Thanos' results.
   */
  resets?: 'engine' | 'thanos';
}

/** The mode in which `func` reads units. */
export function unitMode(func: string, resets: 'engine' | 'thanos'): UnitMode {
  const aggrs = aggrsForFunc(func);
  if (aggrs.length === 2) return 'average';
  if (aggrs[0] === Aggr.COUNTER) return resets === 'thanos' ? 'counter-thanos' : 'counter';
  return aggrs[0];
}

/**
 * What all readers share: gathers the chunks of a series, puts them in order, drops identical ones, and decodes them. Where
 * chunks overlap they are spread over replicas, and `combine` makes one sequence of those.
 */
export abstract class SeriesReader implements SampleReader {
  protected readonly counter: boolean;
  protected readonly resets: 'engine' | 'thanos';
  readonly #decoder: UnitDecoder;
  readonly #units = new ChunkUnits();
  readonly #columns: SampleColumns[] = [];
  #replica = new Uint32Array(64);

  constructor(mode: UnitMode, options: ReaderOptions) {
    this.resets = options.resets ?? 'engine';
    this.counter = isCounterFunc(options.func ?? '');
    this.#decoder = new UnitDecoder(mode, options.warn ?? (() => {}));
  }

  /** Appends what becomes of the replicas' samples to `out`; scratch columns come from `scratch`. */
  protected abstract combine(replicas: readonly SampleColumns[], out: SampleColumns): void;

  /** Whether overlapping units are decoded one after the other, what was seen dropped, instead of as replicas. */
  protected inSequence(_downsampled: boolean): boolean {
    return false;
  }

  read(batch: SeriesBatch, from: number, to: number, mint: number, maxt: number, out: SampleColumns): void {
    const units = this.#units;
    units.clear();
    for (let i = from; i < to; i++) units.add(batch, batch.chunkStart[i], batch.chunkStart[i + 1], mint, maxt);
    units.sortAndDedupe();
    const start = out.n;
    const { count } = units;
    if (!overlaps(units) || this.inSequence(isDownsampled(units, batch))) {
      this.#decoder.begin(out);
      for (let u = 0; u < count; u++) this.#decoder.unit(batch, from, units.first[u], units.end[u], out);
    } else {
      this.#readReplicas(batch, from, mint, maxt, out);
    }
    keepAscending(out, start, mint, maxt);
  }

  #readReplicas(batch: SeriesBatch, series: number, mint: number, maxt: number, out: SampleColumns): void {
    const units = this.#units;
    const { count } = units;
    if (this.#replica.length < count) this.#replica = new Uint32Array(2 * count);
    const replicas = overlapSplit(units.mint, units.maxt, count, this.#replica);
    const columns: SampleColumns[] = [];
    for (let r = 0; r < replicas; r++) {
      const into = this.scratch(r);
      this.#decoder.begin(into);
      for (let u = 0; u < count; u++)
        if (this.#replica[u] === r) this.#decoder.unit(batch, series, units.first[u], units.end[u], into);
      keepAscending(into, 0, mint, maxt);
      columns.push(into);
    }
    this.combine(columns, out);
  }

  /** Cleared columns number `i` of this reader. */
  protected scratch(i: number): SampleColumns {
    while (this.#columns.length <= i) this.#columns.push(new SampleColumns());
    this.#columns[i].clear();
    return this.#columns[i];
  }
}

function overlaps(units: ChunkUnits): boolean {
  for (let u = 1; u < units.count; u++) if (units.mint[u] <= units.maxt[u - 1]) return true;
  return false;
}

function isDownsampled(units: ChunkUnits, batch: SeriesBatch): boolean {
  for (let u = 0; u < units.count; u++) if (batch.chunkAggr[units.first[u]] !== Aggr.RAW) return true;
  return false;
}
