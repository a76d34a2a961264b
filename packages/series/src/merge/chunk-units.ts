import { Aggr, type SeriesBatch } from '../series-batch.ts';

/**
 * The chunks of one series, gathered from rows of one or more batches. A unit is what Thanos calls an AggrChunk: one row
 * of raw data, or the adjacent rows of the aggregates of one downsampled chunk. Reused from series to series.
 */
export class ChunkUnits {
  count = 0;
  /** Rows `[first[u], end[u])` of the chunk tables of `batches[source[u]]`. */
  first = new Uint32Array(64);
  end = new Uint32Array(64);
  source = new Uint16Array(64);
  /** First and last time of the unit in ms, inclusive. */
  mint = new Float64Array(64);
  maxt = new Float64Array(64);
  readonly batches: SeriesBatch[] = [];
  #sorted = true;
  #order = new Uint32Array(64);

  clear(): void {
    this.count = 0;
    this.batches.length = 0;
    this.#sorted = true;
  }

  /** Adds the units of chunk rows `from` to `to` (exclusive) that overlap [mint, maxt]. */
  add(
    batch: SeriesBatch,
    from: number,
    to: number,
    mint = Number.NEGATIVE_INFINITY,
    maxt = Number.POSITIVE_INFINITY,
  ): void {
    let source = this.batches.length - 1;
    if (source < 0 || this.batches[source] !== batch) source = this.batches.push(batch) - 1;
    const { chunkMint, chunkMaxt, chunkAggr } = batch;
    for (let row = from; row < to;) {
      let end = row + 1;
      if (chunkAggr[row] !== Aggr.RAW) {
        while (
          end < to &&
          chunkAggr[end] > chunkAggr[end - 1] &&
          chunkMint[end] === chunkMint[row] &&
          chunkMaxt[end] === chunkMaxt[row]
        )
          end++;
      }
      const a = chunkMint[row];
      const b = chunkMaxt[row];
      if (a <= maxt && b >= mint) {
        const u = this.count++;
        if (u === this.first.length) this.#grow();
        if (u > 0 && this.#sorted)
          this.#sorted = a > this.mint[u - 1] || (a === this.mint[u - 1] && b > this.maxt[u - 1]);
        this.first[u] = row;
        this.end[u] = end;
        this.source[u] = source;
        this.mint[u] = a;
        this.maxt[u] = b;
      }
      row = end;
    }
  }

  /** Sorts the units as Thanos' proxy does (mint, maxt, content) and drops those equal to another in time and bytes. */
  sortAndDedupe(): void {
    if (this.#sorted) return;
    const n = this.count;
    const order = this.#order.subarray(0, n);
    for (let u = 0; u < n; u++) order[u] = u;
    order.sort((x, y) => this.#compare(x, y) || x - y);
    const first = this.first.slice(0, n);
    const end = this.end.slice(0, n);
    const source = this.source.slice(0, n);
    const mint = this.mint.slice(0, n);
    const maxt = this.maxt.slice(0, n);
    // Comparing reads the tables, so what is to go is found before they are rewritten.
    const keep = new Uint8Array(n);
    for (let k = 0; k < n; k++) keep[k] = k > 0 && this.#compare(order[k - 1], order[k]) === 0 ? 0 : 1;
    let count = 0;
    for (let k = 0; k < n; k++) {
      if (keep[k] === 0) continue;
      const u = order[k];
      this.first[count] = first[u];
      this.end[count] = end[u];
      this.source[count] = source[u];
      this.mint[count] = mint[u];
      this.maxt[count] = maxt[u];
      count++;
    }
    this.count = count;
    this.#sorted = true;
  }

  #compare(x: number, y: number): number {
    return this.mint[x] - this.mint[y] || this.maxt[x] - this.maxt[y] || this.#compareContent(x, y);
  }

  /** Aggregate by aggregate: one that is there comes before one that is not, then by encoding, then greater bytes first. */
  #compareContent(x: number, y: number): number {
    const a = this.batches[this.source[x]];
    const b = this.batches[this.source[y]];
    let i = this.first[x];
    let k = this.first[y];
    while (i < this.end[x] || k < this.end[y]) {
      const left = i < this.end[x] ? a.chunkAggr[i] : 255;
      const right = k < this.end[y] ? b.chunkAggr[k] : 255;
      if (left !== right) return left - right;
      const byEncoding = a.chunkEncoding[i] - b.chunkEncoding[k];
      if (byEncoding !== 0) return byEncoding;
      const byBytes = compareChunkBytes(b, k, a, i);
      if (byBytes !== 0) return byBytes;
      i++;
      k++;
    }
    return 0;
  }

  #grow(): void {
    const size = this.first.length * 2;
    const grow = <A extends Uint16Array | Uint32Array | Float64Array>(from: A, to: A): A => {
      to.set(from);
      return to;
    };
    this.first = grow(this.first, new Uint32Array(size));
    this.end = grow(this.end, new Uint32Array(size));
    this.source = grow(this.source, new Uint16Array(size));
    this.mint = grow(this.mint, new Float64Array(size));
    this.maxt = grow(this.maxt, new Float64Array(size));
    this.#order = new Uint32Array(size);
  }
}

function compareChunkBytes(a: SeriesBatch, i: number, b: SeriesBatch, k: number): number {
  const x = a.chunkBuffers[a.chunkBuffer[i]];
  const y = b.chunkBuffers[b.chunkBuffer[k]];
  const xo = a.chunkOffset[i];
  const yo = b.chunkOffset[k];
  const n = Math.min(a.chunkLength[i], b.chunkLength[k]);
  for (let at = 0; at < n; at++) {
    const order = x[xo + at] - y[yo + at];
    if (order !== 0) return order;
  }
  return a.chunkLength[i] - b.chunkLength[k];
}
