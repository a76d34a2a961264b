import {
  FileReader,
  MapPostingsTable,
  readToc,
  SampledPostingsTable,
  SymbolTable,
  TOC_BYTES,
  type PostingsRange,
  type PostingsTable,
  type SharedPostingsTable,
  type SharedSymbols,
  type SyncRangeReader,
} from '@tsanos/tsdb';
import { corruptHeader, HEADER_BYTES, HEADER_TOC_BYTES, readLayout, type HeaderLayout } from './format.ts';

/** What another thread needs to read the same header: buffers are shared, not copied. */
export interface SharedIndexHeader {
  readonly path: string;
  readonly layout: HeaderLayout;
  readonly symbols: SharedSymbols;
  /** Absent for a format 1 index, whose table every thread reads for itself. */
  readonly table: SharedPostingsTable | undefined;
}

/**
 * An open index-header: symbols as one arena of shared bytes, every 32nd value of each label name in shared arrays, the rest read from the file where
 * it is wanted. All look-ups are synchronous and cost a read of a few KiB at most, except listing the values of a large name.
 */
export class IndexHeader {
  readonly #file: FileReader;
  readonly #path: string;
  readonly #layout: HeaderLayout;
  readonly #symbols: SymbolTable;
  readonly #table: PostingsTable;

  private constructor(
    file: FileReader,
    path: string,
    layout: HeaderLayout,
    symbols: SymbolTable,
    table: PostingsTable,
  ) {
    this.#file = file;
    this.#path = path;
    this.#layout = layout;
    this.#symbols = symbols;
    this.#table = table;
  }

  /** Opens a file and checks all of it. A damaged one is an error of kind corrupt. */
  static async open(path: string): Promise<IndexHeader> {
    const file = FileReader.open(path);
    try {
      const layout = readLayout(
        await file.read(0, HEADER_BYTES),
        await file.read(Math.max(0, file.size - HEADER_TOC_BYTES), HEADER_TOC_BYTES),
        file.size,
        path,
      );
      const symbols = await readSymbols(file, layout, path);
      const slice = tableSlice(file, layout);
      const table =
        layout.indexVersion === 1
          ? MapPostingsTable.read(slice, layout.tableOffsetInIndex, path)
          : await SampledPostingsTable.readYielding(slice, layout.tableOffsetInIndex, path);
      return new IndexHeader(file, path, layout, symbols, table);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Opens the same header in another thread without reading it again. */
  static from(shared: SharedIndexHeader): IndexHeader {
    const { path, layout } = shared;
    const file = FileReader.open(path);
    const slice = tableSlice(file, layout);
    const table =
      shared.table === undefined
        ? MapPostingsTable.read(slice, layout.tableOffsetInIndex, path)
        : SampledPostingsTable.from(slice, shared.table, path);
    return new IndexHeader(file, path, layout, SymbolTable.from(shared.symbols, path), table);
  }

  get shared(): SharedIndexHeader {
    const table = this.#table instanceof SampledPostingsTable ? this.#table.shared : undefined;
    return { path: this.#path, layout: this.#layout, symbols: this.#symbols.shared, table };
  }

  /** Format of the index: 1 or 2. Series ids of format 1 are offsets, those of format 2 offsets / 16. */
  get indexVersion(): 1 | 2 {
    return this.#layout.indexVersion;
  }

  /** For decoding series entries. */
  get symbols(): SymbolTable {
    return this.#symbols;
  }

  get symbolCount(): number {
    return this.#symbols.count;
  }

  /** The symbol that `id` of a series entry means. */
  lookupSymbol(id: number): string {
    return this.#symbols.lookup(id);
  }

  /** Sorted in UTF-8 byte order. */
  labelNames(): readonly string[] {
    return this.#table.labelNames();
  }

  /** Values of a name that pass `filter` and begin with `prefix`, sorted; none when the name does not occur. */
  labelValues(name: string, filter?: (value: string) => boolean, prefix?: string): string[] {
    return this.#table.labelValues(name, filter, prefix);
  }

  /** Where the postings of a pair lie in `index`: entry count and references, without length and checksum. ('', '') = all series. */
  postingsRange(name: string, value: string): PostingsRange | undefined {
    return this.#table.range(name, value);
  }

  /** The same for many values, in one pass when they ascend. */
  postingsRanges(name: string, values: readonly string[]): (PostingsRange | undefined)[] {
    return this.#table.ranges(name, values);
  }

  /** Closes the file; look-ups fail afterwards. */
  close(): void {
    this.#file.close();
  }
}

async function readSymbols(file: FileReader, layout: HeaderLayout, what: string): Promise<SymbolTable> {
  const length = layout.table - layout.symbols;
  const bytes = new Uint8Array(new SharedArrayBuffer(length));
  const read = await file.read(layout.symbols, length);
  if (read.length < length) throw corruptHeader(what, 'cut inside the symbols');
  bytes.set(read);
  // Format 1 refers to symbols by their offset in the index, whose own table of contents closes the copied tail.
  const tocAt = file.size - HEADER_TOC_BYTES - TOC_BYTES;
  const toc = readToc(await file.read(tocAt, TOC_BYTES), Number.MAX_SAFE_INTEGER, what);
  return SymbolTable.read(bytes, layout.indexVersion, toc.symbols, what);
}

function tableSlice(file: FileReader, layout: HeaderLayout): SyncRangeReader {
  const size = file.size - HEADER_TOC_BYTES - layout.table;
  return {
    size,
    readSync: (offset, length) => file.readSync(layout.table + offset, Math.max(0, Math.min(length, size - offset))),
  };
}
