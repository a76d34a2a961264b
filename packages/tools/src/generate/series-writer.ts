import { SampleColumns, STALE_HI, STALE_LO } from '@tsanos/model';
import { Encoding, encodeXor } from '@tsanos/series';
import type { BlockChunk } from '@tsanos/tsdb';
import type { Scrapes } from './scrapes.ts';
import { fillSignal, type Signal } from './signals.ts';

/** Samples a chunk has, as Prometheus' head cuts them. */
export const CHUNK_SAMPLES = 120;

/** Turns the scrapes of one series into chunks; reuses its columns. */
export class FloatSeriesWriter {
  readonly #columns = new SampleColumns(8192);

  /**
   * Chunks of a float series. Where the target fails, `up` is 0 and any other series has one stale marker and then nothing.
   */
  chunks(scrapes: Scrapes, signal: Signal, startMs: number, isUp: boolean): BlockChunk[] {
    const columns = this.#columns;
    columns.clear();
    columns.reserve(scrapes.n);
    columns.t.set(scrapes.t.subarray(0, scrapes.n));
    columns.n = scrapes.n;
    fillSignal(signal, startMs, columns.t, columns.v, 0, scrapes.n);
    if (scrapes.failed.indexOf(1) >= 0) this.#fail(scrapes, isUp);
    return this.#cut();
  }

  #fail(scrapes: Scrapes, isUp: boolean): void {
    const { t, v, w } = this.#columns;
    let n = 0;
    let failing = false;
    for (let i = 0; i < scrapes.n; i++) {
      const failed = scrapes.failed[i] === 1;
      const skip = failed && failing && !isUp;
      failing = failed;
      if (skip) continue;
      t[n] = t[i];
      if (failed && isUp) v[n] = 0;
      else if (failed) {
        w[2 * n] = STALE_LO;
        w[2 * n + 1] = STALE_HI;
      } else v[n] = v[i];
      n++;
    }
    this.#columns.n = n;
  }

  #cut(): BlockChunk[] {
    const { t, w, n } = this.#columns;
    const chunks: BlockChunk[] = [];
    for (let from = 0; from < n; from += CHUNK_SAMPLES) {
      const to = Math.min(n, from + CHUNK_SAMPLES);
      const bytes = encodeXor(t, w, from, to);
      chunks.push({ mint: t[from], maxt: t[to - 1], encoding: Encoding.XOR, bytes, offset: 0, length: bytes.length });
    }
    return chunks;
  }
}
