import { TsanosError } from '@tsanos/bytes';
import type { IndexHeader } from '@tsanos/blocks';
import { decodeLabels, labelsToString, type Labels, type Matcher } from '@tsanos/model';
import type { Bucket } from '@tsanos/objstore';
import {
  ShardFilter,
  type CallContext,
  type LabelsRequest,
  type SeriesBatch,
  type SeriesRequest,
} from '@tsanos/series';
import {
  batchEnd,
  batchOfRows,
  combinePostings,
  decodePostings,
  inOrderFrom,
  LabelAppender,
  orderedRows,
  planPostings,
  seriesEntryBytes,
  SeriesEntries,
  SeriesRows,
  Tombstones,
  type BatchOptions,
  type ChunkSource,
  type PostingsGroup,
} from '@tsanos/tsdb';
import { missingObject, type BlockDescriptor } from './block-descriptor.ts';
import { BucketChunks } from './bucket-chunks.ts';
import { ObjectReader, type ReadAccount } from './object-reader.ts';
import type { RangeCache } from './range-cache.ts';
import { planReads, planSeriesReads, type ByteRange } from './read-plan.ts';

export interface BlockCaches {
  readonly index: RangeCache;
  readonly chunks: RangeCache;
}

/** Limits and counters of one request; shared by all blocks it touches. */
export interface RequestAccount extends ReadAccount {
  /** Called with the number of series and chunks a block adds to the answer; throws when a limit is passed. */
  touched(series: number, chunks: number): void;
  postings(touched: number, bytes: number): void;
  series(touched: number, bytes: number): void;
}

/** Which series of a block are wanted, in which form. */
export type BlockSelect = Pick<SeriesRequest, 'mint' | 'maxt' | 'withoutReplicaLabels' | 'shard'>;

/** Thanos' gap between ranges that are still read as one. */
const GAP_BYTES = 512 * 1024;
/** No single GET is larger: so that several run at once and memory comes in pieces. */
const MAX_INDEX_RANGE_BYTES = 4 * 1024 * 1024;
/** Chunk bytes of a batch. */
const BATCH_BYTES = 2 * 1024 * 1024;
/** Series decoded between two looks at the clock, and how long a thread may decode. */
const SLICE_SERIES = 512;
const SLICE_MS = 5;
/** Deletions of a block in a bucket are carried out by rewriting it. */
const NO_TOMBSTONES = new Tombstones();

/**
 * Answers for one block: postings and series entries by coalesced range reads of `index`, chunks by coalesced range reads of the
 * segments, in windows, in the order of the final labels. Nothing of the block is ever read whole.
 */
export class BlockReader {
  readonly block: BlockDescriptor;
  readonly #bucket: Bucket;
  readonly #caches: BlockCaches;
  readonly #header: IndexHeader;
  readonly #index: ObjectReader;
  readonly #ctx: CallContext;
  readonly #account: RequestAccount;
  readonly #what: string;

  constructor(
    block: BlockDescriptor,
    bucket: Bucket,
    header: IndexHeader,
    caches: BlockCaches,
    ctx: CallContext,
    account: RequestAccount,
  ) {
    this.block = block;
    this.#bucket = bucket;
    this.#caches = caches;
    this.#header = header;
    this.#index = new ObjectReader(bucket, `${block.ulid}/index`, caches.index);
    this.#ctx = ctx;
    this.#account = account;
    this.#what = `block ${block.ulid}: index`;
  }

  /** Series with their chunks, ascending final labels. Memory: the series entries, and two batches. */
  async *series(request: SeriesRequest, matchers: readonly Matcher[]): AsyncGenerator<SeriesBatch, void> {
    const rows = await this.select(request, matchers);
    const { cancel } = this.#ctx;
    const chunks = new BucketChunks(this.block, this.#bucket, this.#caches.chunks, this.#account, cancel.signal);
    const options = { skipChunks: request.skipChunks, aggregates: request.aggregates, strictAggregates: true };
    const batch = (first: number, last: number): Promise<SeriesBatch> => {
      const made = this.#batch(rows, first, last, chunks, options);
      // It is awaited below, or nobody wants it any more.
      made.catch(() => {});
      return made;
    };
    let first = 0;
    let last = batchEnd(rows, first, { skipChunks: request.skipChunks, batchBytes: BATCH_BYTES });
    let next = rows.count === 0 ? undefined : batch(first, last);
    while (next !== undefined) {
      const ready = await next;
      first = last;
      // One batch is read while its predecessor is worked on.
      if (first < rows.count) {
        last = batchEnd(rows, first, { batchBytes: BATCH_BYTES });
        next = batch(first, last);
      } else next = undefined;
      yield ready;
      cancel.throwIfCancelled();
    }
  }

  /** The entries of the series that match and overlap the time range, in the order of final labels. `matchers` without those on external labels. */
  async select(request: BlockSelect, matchers: readonly Matcher[]): Promise<SeriesRows> {
    const refs = await this.#postings(matchers);
    const rows = new SeriesRows();
    const labels = new LabelAppender(this.#header.symbols, {
      drop: request.withoutReplicaLabels,
      external: this.block.labels,
    });
    const inOrder = await this.#decode(refs, request, labels, rows);
    return orderedRows(rows, inOrder, new ShardFilter(request.shard));
  }

  /** Names on the series that match, or of the whole block when there are no matchers; external names not included. */
  async labelNames(request: LabelsRequest, matchers: readonly Matcher[]): Promise<Iterable<string>> {
    if (matchers.length === 0) return this.#header.labelNames();
    const names = new Set<string>();
    for await (const labels of this.#labelsOf(request, matchers)) for (const [name] of labels) names.add(name);
    return names;
  }

  /** The same for values of one label. */
  async labelValues(name: string, request: LabelsRequest, matchers: readonly Matcher[]): Promise<Iterable<string>> {
    if (matchers.length === 0) return this.#header.labelValues(name);
    const values = new Set<string>();
    for await (const labels of this.#labelsOf(request, matchers)) {
      const value = labels.get(name);
      if (value !== '') values.add(value);
    }
    return values;
  }

  async *#labelsOf(request: LabelsRequest, matchers: readonly Matcher[]): AsyncGenerator<Labels, void> {
    const { withoutReplicaLabels } = request;
    const all = { mint: -Infinity, maxt: Infinity, withoutReplicaLabels, shard: undefined };
    const rows = await this.select(all, matchers);
    const slice = new Slice(this.#ctx);
    const bytes = rows.labels.view();
    for (let i = 0; i < rows.count; i++) {
      if (i % SLICE_SERIES === SLICE_SERIES - 1) await slice.pause();
      yield decodeLabels(bytes, rows.labelOffset.values[i], rows.labelLength.values[i]);
    }
  }

  /** A batch; damage in it is named with the series that it befell. */
  async #batch(
    rows: SeriesRows,
    first: number,
    last: number,
    chunks: ChunkSource,
    options: BatchOptions,
  ): Promise<SeriesBatch> {
    try {
      return await batchOfRows(rows, first, last, chunks, NO_TOMBSTONES, options);
    } catch (error) {
      if (!(error instanceof TsanosError) || error.kind !== 'corrupt') throw error;
      const { row } = error.fields;
      let i = first;
      while (typeof row === 'number' && i < last - 1 && rows.chunkStart.values[i + 1] <= row) i++;
      const labels = decodeLabels(rows.labels.view(), rows.labelOffset.values[i], rows.labelLength.values[i]);
      const { ulid } = this.block;
      const block = error.message.includes(ulid) ? '' : `block ${ulid}: `;
      const series = typeof row === 'number' ? labelsToString(labels) : `${labelsToString(labels)} and others`;
      throw new TsanosError(
        'corrupt',
        error.code,
        `${block}${error.message}: series ${series}`,
        { block: ulid },
        error,
      );
    }
  }

  async #postings(matchers: readonly Matcher[]): Promise<Uint32Array> {
    const { add, remove } = planPostings(matchers, this.#header);
    const lists = await this.#fetchPostings([...add, ...remove]);
    this.#ctx.cancel.throwIfCancelled();
    return combinePostings(lists.slice(0, add.length), lists.slice(add.length));
  }

  /** The lists of each group, decoded; values that do not occur have none. All in one round of reads. */
  async #fetchPostings(groups: readonly PostingsGroup[]): Promise<Uint32Array[][]> {
    const wanted: { group: number; range: ByteRange }[] = [];
    groups.forEach(({ name, values }, group) => {
      for (const range of this.#header.postingsRanges(name, values)) {
        // With length and checksum.
        if (range !== undefined) wanted.push({ group, range: { start: range.start - 4, end: range.end + 4 } });
      }
    });
    wanted.sort((a, b) => a.range.start - b.range.start);
    const plan = planReads(
      wanted.map((w) => w.range.start),
      wanted.map((w) => w.range.end),
      wanted.length,
      GAP_BYTES,
      MAX_INDEX_RANGE_BYTES,
    );
    const parts = await this.#readIndex(() => this.#index.read(plan.ranges, this.#account, this.#ctx.cancel.signal));
    const lists: Uint32Array[][] = groups.map(() => []);
    const slice = new Slice(this.#ctx);
    let bytes = 0;
    for (let i = 0; i < wanted.length; i++) {
      const { group, range } = wanted[i];
      const at = plan.rangeOf[i];
      lists[group].push(decodePostings(parts[at], range.start - plan.ranges[at].start, this.#what));
      bytes += range.end - range.start;
      if (i % 64 === 63) await slice.pause();
    }
    this.#account.postings(wanted.length, bytes);
    return lists;
  }

  /** Decodes series entries; returns whether they came in the order of their labels. */
  async #decode(refs: Uint32Array, request: BlockSelect, labels: LabelAppender, rows: SeriesRows): Promise<boolean> {
    const unit = this.#header.indexVersion === 1 ? 1 : 16;
    const plan = planSeriesReads(refs, unit, this.#seriesEstimate(), GAP_BYTES, MAX_INDEX_RANGE_BYTES);
    const entries = new SeriesEntries(labels, this.#what);
    const parts = this.#index.readAhead(plan.ranges, this.#account, this.#ctx.cancel.signal);
    const slice = new Slice(this.#ctx);
    let inOrder = true;
    let part: Uint8Array = new Uint8Array(0);
    let range = -1;
    let bytes = 0;
    let checked = 0;
    let checkedChunks = 0;
    for (let i = 0; i < refs.length; i++) {
      if (plan.rangeOf[i] !== range) {
        range = plan.rangeOf[i];
        part = (await this.#readIndex(() => parts.next())).value ?? part;
      }
      const at = refs[i] * unit - plan.ranges[range].start;
      const taken = entries.add(part, at, refs[i], request.mint, request.maxt, false, rows);
      bytes += taken > 0 ? taken : await this.#readEntry(part, at, refs[i], unit, request, entries, rows);
      if (i % SLICE_SERIES !== SLICE_SERIES - 1 && i !== refs.length - 1) continue;
      this.#account.touched(rows.count - checked, rows.chunks - checkedChunks);
      inOrder &&= inOrderFrom(rows, checked);
      checked = rows.count;
      checkedChunks = rows.chunks;
      await slice.pause();
    }
    this.#account.series(refs.length, bytes);
    return inOrder;
  }

  /** An entry that is longer than was guessed: reads it alone. */
  async #readEntry(
    part: Uint8Array,
    at: number,
    ref: number,
    unit: number,
    request: BlockSelect,
    entries: SeriesEntries,
    rows: SeriesRows,
  ): Promise<number> {
    const start = ref * unit;
    const length = seriesEntryBytes(part, at) ?? 64 * 1024;
    const [whole] = await this.#readIndex(() =>
      this.#index.read([{ start, end: start + length }], this.#account, this.#ctx.cancel.signal),
    );
    const taken = entries.add(whole, 0, ref, request.mint, request.maxt, false, rows);
    if (taken === 0)
      throw new TsanosError('corrupt', 'corrupt-index', `${this.#what}: series entry at ${start} runs past the end`, {
        block: this.block.ulid,
      });
    return taken;
  }

  /** How long a series entry is likely to be; most blocks tell by their sizes. */
  #seriesEstimate(): number {
    const { indexBytes, seriesCount } = this.block;
    if (indexBytes === 0 || seriesCount === 0) return 1024;
    return Math.min(64 * 1024, Math.max(256, Math.ceil(indexBytes / seriesCount)));
  }

  /** A block is never changed: its index must be there. */
  async #readIndex<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw missingObject(error, this.block.ulid, 'index');
    }
  }
}

/** Lets others run when a thread has worked for some milliseconds. */
class Slice {
  readonly #ctx: CallContext;
  #began = performance.now();

  constructor(ctx: CallContext) {
    this.#ctx = ctx;
  }

  /** Throws when the call was cancelled. */
  async pause(): Promise<void> {
    this.#ctx.cancel.throwIfCancelled();
    if (performance.now() - this.#began < SLICE_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#began = performance.now();
    this.#ctx.cancel.throwIfCancelled();
  }
}
