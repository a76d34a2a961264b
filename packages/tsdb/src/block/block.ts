import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TsanosError } from '@tsanos/bytes';
import type { Matcher } from '@tsanos/model';
import type { SeriesBatch, ShardFilter } from '@tsanos/series';
import { IndexReader } from '../index-file/index-reader.ts';
import { postingsForMatchers } from '../index-file/postings-for-matchers.ts';
import { intersectPostings, unionPostings } from '../index-file/postings-sets.ts';
import { LabelAppender, type FinalLabels } from '../index-file/label-appender.ts';
import { SeriesRows } from '../index-file/series-rows.ts';
import { FileReader } from '../range-reader.ts';
import { ChunkSegments, openSegmentFiles } from '../segments/segment-reader.ts';
import { Tombstones } from '../tombstones/tombstones.ts';
import { batchOfRows, type BatchOptions } from './batch-of-rows.ts';
import { inOrderFrom, orderedRows } from './ordered-rows.ts';
import { parseBlockMeta, type BlockMeta } from './meta.ts';

/** Series whose index entries are decoded at a time. */
const SERIES_SLICE = 2048;
/** Chunk bytes a batch aims at. */
const BATCH_BYTES = 2 * 1024 * 1024;
/** A chunk whose length is not known is taken to have this many bytes. */
const CHUNK_GUESS_BYTES = 512;

export interface SelectOptions extends BatchOptions {
  /** Chunk bytes of a batch, about; at least one series goes into each. */
  batchBytes?: number;
  /** Most series, 0 = all. */
  limit?: number;
  /** Gives series their final labels; the result is in the order of these. */
  labels?: FinalLabels;
  /** Leaves out series of other shards, by their final labels. */
  shard?: ShardFilter;
  /** Asked between batches; throws to end the iteration. */
  throwIfCancelled?: () => void;
}

/** A block in a local folder, open for reading. */
export class Block {
  readonly path: string;
  readonly meta: BlockMeta;
  readonly index: IndexReader;
  readonly chunks: ChunkSegments;
  readonly tombstones: Tombstones;
  readonly #files: readonly FileReader[];

  private constructor(
    path: string,
    meta: BlockMeta,
    index: IndexReader,
    chunks: ChunkSegments,
    tombstones: Tombstones,
    files: readonly FileReader[],
  ) {
    this.path = path;
    this.meta = meta;
    this.index = index;
    this.chunks = chunks;
    this.tombstones = tombstones;
    this.#files = files;
  }

  /** Opens a block folder: reads meta.json, tombstones, and the index's symbols and offset table; checks all headers. */
  static async open(path: string): Promise<Block> {
    const what = `block ${basename(path)}`;
    const meta = parseBlockMeta(readFile(join(path, 'meta.json')), `${what}: meta.json`);
    const tombstones = openTombstones(path, what);
    const files: FileReader[] = [];
    try {
      const segments = openSegmentFiles(join(path, 'chunks'));
      files.push(...segments);
      const chunks = await ChunkSegments.open(segments, `${what}: chunks`);
      const indexFile = FileReader.open(join(path, 'index'));
      files.push(indexFile);
      return new Block(path, meta, await IndexReader.open(indexFile, `${what}: index`), chunks, tombstones, files);
    } catch (error) {
      for (const file of files) file.close();
      throw error;
    }
  }

  /** Closes the files; a `select` that still runs fails. */
  close(): void {
    for (const file of this.#files) file.close();
  }

  /**
   * The series that match and have chunks in `[mint, maxt]` (ms, both included), with these chunks whole, in label order, in batches
   * bounded by bytes. Deleted samples are gone. Nothing is read before the first `next()`.
   */
  async *select(
    matchers: readonly Matcher[],
    mint: number,
    maxt: number,
    options: SelectOptions = {},
  ): AsyncGenerator<SeriesBatch> {
    const refs = await postingsForMatchers(this.index, matchers);
    const limit = options.limit ?? 0;
    let left = limit === 0 ? Infinity : limit;
    for await (const rows of this.#rows(refs, mint, maxt, options)) {
      for (let first = 0; first < rows.count && left > 0;) {
        options.throwIfCancelled?.();
        const last = Math.min(batchEnd(rows, first, options), first + left);
        const batch = await batchOfRows(rows, first, last, this.chunks, this.tombstones, options);
        left -= batch.count;
        first = last;
        if (batch.count > 0) yield batch;
      }
      if (left <= 0) return;
    }
  }

  /** Index entries by the slice, or all at once where labels are rewritten, which can change the order. */
  async *#rows(refs: Uint32Array, mint: number, maxt: number, options: SelectOptions): AsyncGenerator<SeriesRows> {
    const { shard } = options;
    const labels = new LabelAppender(this.index.symbols, options.labels);
    const whole = !labels.isIdentity || (shard !== undefined && !shard.keepsAll);
    let rows = new SeriesRows();
    for (let from = 0; from < refs.length; from += SERIES_SLICE) {
      options.throwIfCancelled?.();
      await this.index.readSeries(
        refs,
        from,
        Math.min(refs.length, from + SERIES_SLICE),
        mint,
        maxt,
        false,
        rows,
        labels,
      );
      if (whole) continue;
      yield rows;
      rows = new SeriesRows();
    }
    if (whole) yield orderedRows(rows, inOrderFrom(rows, 0), shard);
  }

  /** Names on the series that match, sorted; of all series when there are no matchers. */
  async labelNames(matchers: readonly Matcher[] = []): Promise<readonly string[]> {
    if (matchers.length === 0) return this.index.labelNames();
    const matching = await postingsForMatchers(this.index, matchers);
    const names: string[] = [];
    for (const name of this.index.labelNames()) {
      const lists = await this.index.postings(name, this.index.labelValues(name));
      if (intersectPostings([matching, unionPostings(lists)]).length > 0) names.push(name);
    }
    return names;
  }

  /** Values of a label on the series that match, sorted. */
  async labelValues(name: string, matchers: readonly Matcher[] = []): Promise<readonly string[]> {
    const own = matchers.filter((matcher) => matcher.name === name);
    const values = this.index.labelValues(name, (value) => own.every((matcher) => matcher.matches(value)));
    if (own.length === matchers.length) return values;
    const matching = await postingsForMatchers(this.index, matchers);
    const kept: string[] = [];
    for (const value of values) {
      const [list] = await this.index.postings(name, [value]);
      if (list !== undefined && intersectPostings([matching, list]).length > 0) kept.push(value);
    }
    return kept;
  }

  /** Whether the block can have samples in `[mint, maxt]`. */
  overlaps(mint: number, maxt: number): boolean {
    return this.meta.minTime <= maxt && mint < this.meta.maxTime;
  }
}

/** Where the batch that begins at series `first` ends: at the byte limit, or where other buffers than label bytes would run out. */
export function batchEnd(
  rows: SeriesRows,
  first: number,
  options: Pick<SelectOptions, 'skipChunks' | 'batchBytes'>,
): number {
  if (options.skipChunks === true) return rows.count;
  const limit = options.batchBytes ?? BATCH_BYTES;
  const start = rows.chunkStart.values;
  let bytes = 0;
  let last = first;
  while (last < rows.count) {
    for (let k = start[last]; k < start[last + 1]; k++) {
      const end = rows.chunkEnd.values[k];
      bytes += end === 0 ? CHUNK_GUESS_BYTES : end - rows.chunkOffset.values[k];
    }
    last++;
    // One chunk can need a buffer of its own, and a batch can name 65,536.
    if (bytes >= limit || start[last] - start[first] > 30_000) break;
  }
  return last;
}

function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const text = missing ? 'no such file or directory' : (error as Error).message;
    throw new TsanosError(missing ? 'not-found' : 'internal', 'open-file', `open ${path}: ${text}`, { path }, error);
  }
}

/** Reads the tombstones file; a missing one means that nothing was deleted. */
function openTombstones(path: string, what: string): Tombstones {
  let bytes: Uint8Array;
  try {
    bytes = readFile(join(path, 'tombstones'));
  } catch (error) {
    if (error instanceof TsanosError && error.kind === 'not-found') return new Tombstones();
    throw error;
  }
  return Tombstones.read(bytes, `${what}: tombstones`);
}

/** Opens a block folder; see `Block.open`. */
export function openBlock(path: string): Promise<Block> {
  return Block.open(path);
}
