import { TsanosError } from '@tsanos/bytes';
import { compareLabelBytes, decodeLabels, type Labels, type Matcher } from '@tsanos/model';
import type { Bucket } from '@tsanos/objstore';
import type { CallContext, LabelsRequest, SeriesBatch, SeriesRequest } from '@tsanos/series';
import { intersectPostings, subtractPostings, unionPostings } from '@tsanos/tsdb';
import { ChunkReader } from './chunk-reader.ts';
import { BlockLabelWriter, type Symbols } from './label-writer.ts';
import { coalesce, ObjectReader, type ByteRange, type ReadAccount } from './object-reader.ts';
import { planPostings, type PostingsGroup, type ValueIndex } from './postings.ts';
import type { RangeCache } from './range-cache.ts';
import { decodeSeriesEntry, SeriesTable, SymbolPairs } from './series-table.ts';

/** What a worker knows of a block; part of the snapshot that main publishes. */
export interface BlockDescriptor {
  readonly ulid: string;
  readonly mint: number;
  readonly maxt: number;
  readonly resolutionMs: number;
  readonly labels: Labels;
  readonly seriesCount: number;
  /** Size of `index`, 0 when meta.json does not tell. */
  readonly indexBytes: number;
  /** Sizes of the segment files in order; empty when meta.json does not tell. */
  readonly segmentBytes: readonly number[];
}

/** The index-header of a block, as the reader needs it. */
export interface HeaderView extends ValueIndex, Symbols {
  labelNames(): readonly string[];
  /** Where the postings of a pair lie in `index`: entry count and references, without length and checksum. ('', '') = all. */
  postingsRange(name: string, value: string): ByteRange | undefined;
}

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

/** Thanos' gap between ranges that are still read as one. */
export const GAP_BYTES = 512 * 1024;
/** No single GET is larger: so that several run at once and memory comes in pieces. */
const MAX_INDEX_RANGE_BYTES = 8 * 1024 * 1024;
/** Series decoded between two looks at the clock. */
const YIELD_SERIES = 4096;

/** Series of one block that match, decoded and in final label order, before any chunk is read. */
export interface BlockSeries {
  readonly table: SeriesTable;
  readonly labels: Uint8Array;
  /** Positions in `table` in the order of the final labels. */
  readonly order: Uint32Array;
}

/**
 * Answers for one block: postings and series entries by coalesced range reads of `index`, chunks by coalesced range reads of the
 * segments, in windows, in the order of the final labels. Nothing of the block is ever read whole.
 */
export class BlockReader {
  readonly block: BlockDescriptor;
  readonly #header: HeaderView;
  readonly #index: ObjectReader;
  readonly #chunks: ChunkReader;

  constructor(block: BlockDescriptor, bucket: Bucket, header: HeaderView, caches: BlockCaches) {
    this.block = block;
    this.#header = header;
    this.#index = new ObjectReader(bucket, `${block.ulid}/index`, caches.index);
    this.#chunks = new ChunkReader(block, bucket, caches.chunks);
  }

  /** Series with their chunks, in windows of about `windowBytes`; ascending final labels. */
  async *series(
    request: SeriesRequest,
    matchers: readonly Matcher[],
    ctx: CallContext,
    account: RequestAccount,
  ): AsyncIterable<SeriesBatch> {
    const found = await this.select(request, matchers, ctx, account);
    if (found.order.length === 0) return;
    yield* this.#chunks.batches(found, request, ctx, account);
  }

  /** The series that match and overlap the time range. `matchers` without those on external labels. */
  async select(
    request: Pick<SeriesRequest, 'mint' | 'maxt' | 'withoutReplicaLabels' | 'skipChunks' | 'limit'>,
    matchers: readonly Matcher[],
    ctx: CallContext,
    account: RequestAccount,
  ): Promise<BlockSeries> {
    const refs = await this.#postings(matchers, ctx, account);
    const writer = new BlockLabelWriter(this.#header, this.block.labels, request.withoutReplicaLabels);
    const table = new SeriesTable();
    await this.#decodeSeries(refs, request, writer, table, ctx, account);
    const labels = writer.bytes;
    return { table, labels, order: finalOrder(table, labels) };
  }

  /** Names on the series that match, or of the whole block when there are no matchers; external names not included. */
  async labelNames(
    request: LabelsRequest,
    matchers: readonly Matcher[],
    ctx: CallContext,
    account: RequestAccount,
  ): Promise<readonly string[]> {
    if (matchers.length === 0) return this.#header.labelNames();
    const names = new Set<string>();
    for (const labels of await this.#labelsOf(request, matchers, ctx, account))
      for (const [name] of labels) names.add(name);
    return [...names];
  }

  /** The same for values of one label. */
  async labelValues(
    name: string,
    request: LabelsRequest,
    matchers: readonly Matcher[],
    ctx: CallContext,
    account: RequestAccount,
  ): Promise<readonly string[]> {
    if (matchers.length === 0) return this.#header.labelValues(name);
    const values = new Set<string>();
    for (const labels of await this.#labelsOf(request, matchers, ctx, account)) {
      const value = labels.get(name);
      if (value !== '') values.add(value);
    }
    return [...values];
  }

  async #labelsOf(
    request: LabelsRequest,
    matchers: readonly Matcher[],
    ctx: CallContext,
    account: RequestAccount,
  ): Promise<Labels[]> {
    const all = {
      mint: -Infinity,
      maxt: Infinity,
      withoutReplicaLabels: request.withoutReplicaLabels,
      skipChunks: true,
      limit: 0,
    };
    const { table, labels } = await this.select(all, matchers, ctx, account);
    return Array.from({ length: table.count }, (_, i) =>
      decodeLabels(labels, table.labelOffset[i], table.labelLength[i]),
    );
  }

  async #postings(matchers: readonly Matcher[], ctx: CallContext, account: RequestAccount): Promise<Uint32Array> {
    const plan = planPostings(matchers, this.#header);
    if (plan.empty) return new Uint32Array(0);
    const groups: PostingsGroup[] = [
      ...plan.add,
      ...(plan.all && plan.add.length === 0 ? [{ name: '', values: [''] }] : []),
    ];
    const lists = await this.#fetchPostings([...groups, ...plan.remove], ctx, account);
    ctx.cancel.throwIfCancelled();
    const added = lists.slice(0, groups.length).map((group) => unionPostings(group));
    const removed = lists.slice(groups.length).map((group) => unionPostings(group));
    let result = added.length === 1 ? added[0] : intersectPostings(added);
    for (const list of removed) result = subtractPostings(result, list);
    return result;
  }

  /** The lists of each group, decoded; values that do not occur have none. */
  async #fetchPostings(
    groups: readonly PostingsGroup[],
    ctx: CallContext,
    account: RequestAccount,
  ): Promise<Uint32Array[][]> {
    const wanted: { group: number; range: ByteRange }[] = [];
    groups.forEach((group, g) => {
      for (const value of group.values) {
        const range = this.#header.postingsRange(group.name, value);
        if (range !== undefined) wanted.push({ group: g, range });
      }
    });
    wanted.sort((a, b) => a.range.start - b.range.start);
    const plan = coalesce(
      wanted.map((w) => w.range),
      GAP_BYTES,
      MAX_INDEX_RANGE_BYTES,
    );
    const parts = await this.#index.read(plan.ranges, account, ctx.cancel.signal);
    const lists: Uint32Array[][] = groups.map(() => []);
    let bytes = 0;
    wanted.forEach(({ group, range }, i) => {
      const within = plan.ranges[plan.rangeOf[i]];
      const part = parts[plan.rangeOf[i]];
      bytes += range.end - range.start;
      lists[group].push(this.#decodePostings(part, range.start - within.start, range));
    });
    account.postings(wanted.length, bytes);
    return lists;
  }

  /** A count and that many big-endian references (index format v2, "postings"). */
  #decodePostings(bytes: Uint8Array, at: number, range: ByteRange): Uint32Array {
    const available = Math.min(bytes.length - at, range.end - range.start);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = available >= 4 ? view.getUint32(at) : -1;
    if (count < 0 || count * 4 + 4 > available) {
      throw this.#corrupt(`postings at ${range.start}: ${count} entries do not fit into ${available} bytes`);
    }
    const refs = new Uint32Array(count);
    const copy = Buffer.from(refs.buffer);
    copy.set(bytes.subarray(at + 4, at + 4 + 4 * count));
    copy.swap32();
    return refs;
  }

  async #decodeSeries(
    refs: Uint32Array,
    request: Pick<SeriesRequest, 'mint' | 'maxt' | 'skipChunks' | 'limit'>,
    writer: BlockLabelWriter,
    table: SeriesTable,
    ctx: CallContext,
    account: RequestAccount,
  ): Promise<void> {
    const plan = planSeriesReads(refs, this.#seriesEstimate());
    const parts = await this.#index.read(plan.ranges, account, ctx.cancel.signal);
    const pairs = new SymbolPairs();
    let bytes = 0;
    let counted = 0;
    let countedChunks = 0;
    for (let i = 0; i < refs.length; i++) {
      if (i % YIELD_SERIES === YIELD_SERIES - 1) {
        account.touched(table.count - counted, table.chunks - countedChunks);
        counted = table.count;
        countedChunks = table.chunks;
        await new Promise((resolve) => setImmediate(resolve));
        ctx.cancel.throwIfCancelled();
      }
      const offset = refs[i] * 16;
      const range = plan.ranges[plan.rangeOf[i]];
      let part = parts[plan.rangeOf[i]];
      let at = offset - range.start;
      let entry = entryBounds(part, at);
      if (entry === undefined || entry.end > part.length) {
        part = await this.#rereadEntry(offset, entry === undefined ? 64 * 1024 : entry.end - at + 4, account, ctx);
        at = 0;
        entry = entryBounds(part, 0);
        if (entry === undefined || entry.end > part.length)
          throw this.#corrupt(`series entry at ${offset} runs past the end`);
      }
      bytes += entry.end - at;
      const kept = decodeSeriesEntry(
        part,
        entry.start,
        entry.end,
        offset,
        request.mint,
        request.maxt,
        pairs,
        table,
        request.skipChunks,
      );
      if (kept === 0) continue;
      const start = writer.position;
      table.endSeries(start, writer.write(pairs.ids, pairs.count));
      if (request.limit > 0 && table.count >= request.limit && request.skipChunks) break;
    }
    account.touched(table.count - counted, table.chunks - countedChunks);
    account.series(refs.length, bytes);
  }

  async #rereadEntry(offset: number, length: number, account: RequestAccount, ctx: CallContext): Promise<Uint8Array> {
    const [bytes] = await this.#index.read([{ start: offset, end: offset + length }], account, ctx.cancel.signal);
    return bytes;
  }

  /** How long a series entry is likely to be; most blocks tell by their sizes. */
  #seriesEstimate(): number {
    const { indexBytes, seriesCount } = this.block;
    if (indexBytes === 0 || seriesCount === 0) return 4096;
    return Math.min(64 * 1024, Math.max(256, Math.ceil(indexBytes / seriesCount)));
  }

  #corrupt(what: string): TsanosError {
    return new TsanosError('corrupt', 'corrupt-index', `block ${this.block.ulid}: index: ${what}`, {
      block: this.block.ulid,
    });
  }
}

/** Length prefix of an entry at `at`: content bounds; undefined when the prefix itself is cut. */
function entryBounds(bytes: Uint8Array, at: number): { start: number; end: number } | undefined {
  let length = 0;
  let shift = 1;
  for (let i = at; i < bytes.length && i < at + 5; i++) {
    length += (bytes[i] & 0x7f) * shift;
    if (bytes[i] < 0x80) return { start: i + 1, end: i + 1 + length };
    shift *= 128;
  }
  return undefined;
}

/** Ranges for the entries of ascending references (16-byte units); an entry ends before the next wanted one or by the estimate. */
function planSeriesReads(refs: Uint32Array, estimateBytes: number): { ranges: ByteRange[]; rangeOf: Uint32Array } {
  const ranges: { start: number; end: number }[] = [];
  const rangeOf = new Uint32Array(refs.length);
  let last: { start: number; end: number } | undefined;
  for (let i = 0; i < refs.length; i++) {
    const start = refs[i] * 16;
    const bound = i + 1 < refs.length ? refs[i + 1] * 16 : Infinity;
    const end = Math.min(start + estimateBytes, bound);
    if (last !== undefined && start - last.end <= GAP_BYTES && end - last.start <= MAX_INDEX_RANGE_BYTES)
      last.end = end;
    else {
      last = { start, end };
      ranges.push(last);
    }
    rangeOf[i] = ranges.length - 1;
  }
  return { ranges, rangeOf };
}

/** Positions by final labels; external and replica labels rarely change the order of the index, which one pass proves. */
function finalOrder(table: SeriesTable, labels: Uint8Array): Uint32Array {
  const compare = (a: number, b: number): number =>
    compareLabelBytes(
      labels,
      table.labelOffset[a],
      table.labelLength[a],
      labels,
      table.labelOffset[b],
      table.labelLength[b],
    );
  const order = new Uint32Array(table.count);
  let sorted = true;
  for (let i = 0; i < table.count; i++) {
    order[i] = i;
    if (i > 0 && sorted && compare(i - 1, i) > 0) sorted = false;
  }
  return sorted ? order : order.sort(compare);
}
