import { crc32c } from '@tsanos/bytes';
import { corrupt } from '../cursor.ts';
import { MemoryReader, type RangeReader } from '../range-reader.ts';
import { LabelAppender } from './label-appender.ts';
import { MapPostingsTable } from './map-postings-table.ts';
import type { PostingsTable } from './postings-table.ts';
import { SampledPostingsTable } from './sampled-postings-table.ts';
import { SeriesEntries, seriesEntryBytes } from './series-entries.ts';
import type { SeriesRows } from './series-rows.ts';
import { SymbolTable } from './symbol-table.ts';
import { INDEX_HEADER_BYTES, readIndexHeader, readToc, TOC_BYTES, type Toc } from './toc.ts';

/** Ranges that lie this close are read as one. */
const GAP_BYTES = 64 * 1024;
const MAX_READ_BYTES = 8 * 1024 * 1024;
/** Read for an entry whose end nothing tells; few are longer. */
const ENTRY_ESTIMATE_BYTES = 1024;

/**
 * An index file behind range reads: symbols and the postings offset table in memory as bytes with every 32nd position, postings and
 * series entries read when asked for. All checksums are verified before anything is believed.
 */
export class IndexReader {
  readonly version: 1 | 2;
  readonly toc: Toc;
  readonly symbols: SymbolTable;
  readonly table: PostingsTable;
  readonly #reader: RangeReader;
  readonly #what: string;

  private constructor(
    reader: RangeReader,
    version: 1 | 2,
    toc: Toc,
    symbols: SymbolTable,
    table: PostingsTable,
    what: string,
  ) {
    this.#reader = reader;
    this.version = version;
    this.toc = toc;
    this.symbols = symbols;
    this.table = table;
    this.#what = what;
  }

  /** Opens an index; `what` names it in errors. The reader stays in use and belongs to the caller. */
  static async open(reader: RangeReader, what = 'index'): Promise<IndexReader> {
    const version = readIndexHeader(await reader.read(0, INDEX_HEADER_BYTES), what);
    if (reader.size < INDEX_HEADER_BYTES + TOC_BYTES)
      throw corrupt(what, 'read TOC: invalid checksum: the file is cut');
    const toc = readToc(await reader.read(reader.size - TOC_BYTES, TOC_BYTES), reader.size, what);
    const symbols = SymbolTable.read(
      await reader.read(toc.symbols, toc.series - toc.symbols),
      version,
      toc.symbols,
      what,
    );
    const bytes = new MemoryReader(
      await reader.read(toc.postingsOffsetTable, reader.size - TOC_BYTES - toc.postingsOffsetTable),
    );
    const table = (version === 1 ? MapPostingsTable : SampledPostingsTable).read(bytes, toc.postingsOffsetTable, what);
    return new IndexReader(reader, version, toc, symbols, table, what);
  }

  labelNames(): readonly string[] {
    return this.table.labelNames();
  }

  labelValues(name: string, filter?: (value: string) => boolean, prefix?: string): string[] {
    return this.table.labelValues(name, filter, prefix);
  }

  /** All series ids, ascending. */
  async allPostings(): Promise<Uint32Array> {
    return (await this.postings('', ['']))[0] ?? new Uint32Array(0);
  }

  /** The lists of those of `values` that occur, in that order. */
  async postings(name: string, values: readonly string[]): Promise<Uint32Array[]> {
    const ranges = this.table.ranges(name, values).filter((range) => range !== undefined);
    const size = this.#reader.size;
    const wanted = ranges.map(({ start, end }) => ({ start: Math.max(0, start - 4), end: Math.min(size, end + 4) }));
    const lists: Uint32Array[] = [];
    for (let i = 0; i < wanted.length;) {
      let last = i + 1;
      let end = wanted[i].end;
      while (last < wanted.length && joins(wanted[i].start, end, wanted[last])) end = Math.max(end, wanted[last++].end);
      const bytes = await this.#reader.read(wanted[i].start, end - wanted[i].start);
      for (let k = i; k < last; k++) lists.push(decodePostings(bytes, wanted[k].start - wanted[i].start, this.#what));
      i = last;
    }
    return lists;
  }

  /**
   * Decodes the entries of ascending series ids `refs[from..to)` that have chunks in `[mint, maxt]`, both inclusive; with `allChunks` every
   * series with every chunk. Appends to `rows`, with the labels that `labels` writes.
   */
  async readSeries(
    refs: Uint32Array,
    from: number,
    to: number,
    mint: number,
    maxt: number,
    allChunks: boolean,
    rows: SeriesRows,
    labels: LabelAppender = new LabelAppender(this.symbols),
  ): Promise<void> {
    const unit = this.version === 1 ? 1 : 16;
    const entries = new SeriesEntries(labels, this.#what);
    for (let i = from; i < to;) {
      const start = refs[i] * unit;
      let last = i + 1;
      while (last < to && joins(start, refs[last - 1] * unit, { start: refs[last] * unit, end: refs[last] * unit }))
        last++;
      const end = Math.min(this.toc.postingsOffsetTable, refs[last - 1] * unit + ENTRY_ESTIMATE_BYTES);
      const bytes = await this.#reader.read(start, Math.max(0, end - start));
      for (let k = i; k < last; k++) {
        const at = refs[k] * unit - start;
        if (entries.add(bytes, at, refs[k], mint, maxt, allChunks, rows) > 0) continue;
        const length = seriesEntryBytes(bytes, at) ?? ENTRY_ESTIMATE_BYTES;
        const whole = await this.#reader.read(refs[k] * unit, Math.min(length, this.#reader.size - refs[k] * unit));
        if (entries.add(whole, 0, refs[k], mint, maxt, allChunks, rows) === 0)
          throw corrupt(this.#what, `get series ${refs[k]}: invalid size`, { series: refs[k] });
      }
      i = last;
    }
  }
}

function joins(start: number, end: number, next: { start: number; end: number }): boolean {
  return next.start >= start && next.start - end <= GAP_BYTES && next.end - start <= MAX_READ_BYTES;
}

/** Decodes the list whose length field is at `at`; `bytes` may hold more than the list. */
export function decodePostings(bytes: Uint8Array, at: number, what: string): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const left = bytes.length - at;
  const length = left < 12 ? -1 : view.getUint32(at);
  if (length < 4 || length + 8 > left) throw corrupt(what, 'decode postings: invalid size');
  const count = view.getUint32(at + 4);
  if (length !== 4 + 4 * count) throw corrupt(what, `decode postings: ${count} entries in ${length} bytes`);
  const end = at + 4 + length;
  if (crc32c(bytes, at + 4, end) !== view.getUint32(end)) throw corrupt(what, 'decode postings: invalid checksum');
  const refs = new Uint32Array(count);
  const copy = Buffer.from(refs.buffer);
  copy.set(bytes.subarray(at + 8, end));
  copy.swap32();
  return refs;
}
