import { TsanosError } from '@tsanos/bytes';
import type { Bucket } from '@tsanos/objstore';
import {
  Aggr,
  parseAggrChunk,
  SeriesBatchBuilder,
  type CallContext,
  type SeriesBatch,
  type SeriesRequest,
} from '@tsanos/series';
import type { BlockDescriptor, BlockSeries, RequestAccount } from './block-reader.ts';
import { planChunkReads } from './chunk-plan.ts';
import { ObjectReader } from './object-reader.ts';
import type { RangeCache } from './range-cache.ts';

/** Encoding byte of a downsampled chunk. */
const ENCODING_AGGREGATE = 0xff;
/** Chunks read at a time: about a mebibyte of raw 120-sample chunks. */
const WINDOW_CHUNKS = 8192;
/** Read for a chunk whose end nothing tells: few raw chunks are longer, and those are read again. */
const CHUNK_ESTIMATE_BYTES = 1024;
const GAP_BYTES = 512 * 1024;
const MAX_RANGE_BYTES = 4 * 1024 * 1024;

/** Reads chunks of one block in windows and makes batches of them. */
export class ChunkReader {
  readonly #block: BlockDescriptor;
  readonly #bucket: Bucket;
  readonly #cache: RangeCache;
  readonly #segments = new Map<number, ObjectReader>();

  constructor(block: BlockDescriptor, bucket: Bucket, cache: RangeCache) {
    this.#block = block;
    this.#bucket = bucket;
    this.#cache = cache;
  }

  /** Batches of the series in `found.order`, each series whole in one batch. Memory: one window. */
  async *batches(
    found: BlockSeries,
    request: SeriesRequest,
    ctx: CallContext,
    account: RequestAccount,
  ): AsyncIterable<SeriesBatch> {
    const { table, order } = found;
    for (let from = 0; from < order.length;) {
      let to = from;
      let chunks = 0;
      while (to < order.length && (to === from || chunks < WINDOW_CHUNKS)) {
        const i = order[to++];
        chunks += request.skipChunks ? 1 : table.chunkStart[i + 1] - table.chunkStart[i];
      }
      yield await this.#window(found, from, to, chunks, request, ctx, account);
      ctx.cancel.throwIfCancelled();
      from = to;
    }
  }

  async #window(
    found: BlockSeries,
    from: number,
    to: number,
    count: number,
    request: SeriesRequest,
    ctx: CallContext,
    account: RequestAccount,
  ): Promise<SeriesBatch> {
    const { table, labels, order } = found;
    const builder = new SeriesBatchBuilder();
    if (request.skipChunks) {
      for (let k = from; k < to; k++) builder.series(labels, table.labelOffset[order[k]], table.labelLength[order[k]]);
      return builder.finish();
    }
    const segments = new Uint32Array(count);
    const offsets = new Uint32Array(count);
    let n = 0;
    for (let k = from; k < to; k++) {
      for (let c = table.chunkStart[order[k]]; c < table.chunkStart[order[k] + 1]; c++) {
        segments[n] = table.chunkSegment[c];
        offsets[n++] = table.chunkOffset[c];
      }
    }
    const plan = planChunkReads(segments, offsets, n, {
      gapBytes: GAP_BYTES,
      maxRangeBytes: MAX_RANGE_BYTES,
      estimateBytes: CHUNK_ESTIMATE_BYTES,
      segmentSizes: this.#block.segmentBytes,
    });
    const parts = await this.#read(plan.ranges, ctx, account);
    let c = 0;
    for (let k = from; k < to; k++) {
      const i = order[k];
      builder.series(labels, table.labelOffset[i], table.labelLength[i]);
      for (let row = table.chunkStart[i]; row < table.chunkStart[i + 1]; row++, c++) {
        const range = plan.ranges[plan.rangeOf[c]];
        let bytes = parts[plan.rangeOf[c]];
        let at = offsets[c] - range.start;
        let bounds = chunkBounds(bytes, at);
        if (bounds === undefined || bounds.end > bytes.length) {
          bytes = await this.#reread(
            segments[c],
            offsets[c],
            bounds === undefined ? 16_000 : bounds.end - at,
            ctx,
            account,
          );
          at = 0;
          bounds = chunkBounds(bytes, 0);
          if (bounds === undefined || bounds.end > bytes.length)
            throw this.#corrupt(segments[c], offsets[c], 'it runs past the end of the file');
        }
        this.#add(builder, bytes, bounds, table.chunkMint[row], table.chunkMaxt[row], request, segments[c], offsets[c]);
      }
    }
    return builder.finish();
  }

  #add(
    builder: SeriesBatchBuilder,
    bytes: Uint8Array,
    bounds: ChunkBounds,
    mint: number,
    maxt: number,
    request: SeriesRequest,
    segment: number,
    offset: number,
  ): void {
    if (bounds.encoding !== ENCODING_AGGREGATE) {
      builder.chunk(bytes, bounds.start, bounds.end - bounds.start, mint, maxt, bounds.encoding, Aggr.RAW);
      return;
    }
    const parts = parseAggrChunk(bytes, bounds.start, bounds.end - bounds.start);
    for (const part of parts) {
      if (!request.aggregates.includes(part.aggr)) continue;
      builder.chunk(bytes, part.offset, part.length, mint, maxt, part.encoding, part.aggr);
    }
    for (const wanted of request.aggregates) {
      if (wanted !== Aggr.RAW && !parts.some((part) => part.aggr === wanted))
        this.#missingAggregate(parts, wanted, segment, offset);
    }
  }

  /** Downsampled histograms have no min and max; any other gap is an error, as in Thanos. */
  #missingAggregate(
    parts: readonly { aggr: number; encoding: number }[],
    wanted: number,
    segment: number,
    offset: number,
  ): void {
    const ofHistograms = parts.some((part) => part.encoding !== 1);
    if (!ofHistograms || (wanted !== Aggr.MIN && wanted !== Aggr.MAX)) {
      throw this.#corrupt(segment, offset, `the downsampled chunk lacks aggregate ${wanted}`);
    }
  }

  async #read(
    ranges: readonly { segment: number; start: number; end: number }[],
    ctx: CallContext,
    account: RequestAccount,
  ): Promise<Uint8Array[]> {
    const out = new Array<Uint8Array>(ranges.length);
    const bySegment = new Map<number, number[]>();
    ranges.forEach((range, i) => {
      const list = bySegment.get(range.segment);
      if (list === undefined) bySegment.set(range.segment, [i]);
      else list.push(i);
    });
    await Promise.all(
      [...bySegment].map(async ([segment, indexes]) => {
        const parts = await this.#segment(segment).read(
          indexes.map((i) => ranges[i]),
          account,
          ctx.cancel.signal,
        );
        indexes.forEach((i, k) => (out[i] = parts[k]));
      }),
    );
    return out;
  }

  async #reread(
    segment: number,
    offset: number,
    length: number,
    ctx: CallContext,
    account: RequestAccount,
  ): Promise<Uint8Array> {
    const [bytes] = await this.#segment(segment).read(
      [{ start: offset, end: offset + length }],
      account,
      ctx.cancel.signal,
    );
    return bytes;
  }

  #segment(segment: number): ObjectReader {
    let reader = this.#segments.get(segment);
    if (reader === undefined) {
      const name = `${this.#block.ulid}/chunks/${String(segment + 1).padStart(6, '0')}`;
      reader = new ObjectReader(this.#bucket, name, this.#cache);
      this.#segments.set(segment, reader);
    }
    return reader;
  }

  #corrupt(segment: number, offset: number, what: string): TsanosError {
    return new TsanosError(
      'corrupt',
      'corrupt-chunk',
      `block ${this.#block.ulid}: chunk at offset ${offset} of chunks/${String(segment + 1).padStart(6, '0')}: ${what}`,
      { block: this.#block.ulid, segment, offset },
    );
  }
}

interface ChunkBounds {
  readonly encoding: number;
  /** Of the data; behind it follow four bytes of checksum. */
  readonly start: number;
  readonly end: number;
}

/** Header of a chunk in a segment file: uvarint length of the data, encoding byte, data, CRC. */
function chunkBounds(bytes: Uint8Array, at: number): ChunkBounds | undefined {
  let length = 0;
  let shift = 1;
  for (let i = at; i < bytes.length - 1 && i < at + 5; i++) {
    length += (bytes[i] & 0x7f) * shift;
    if (bytes[i] < 0x80) return { encoding: bytes[i + 1], start: i + 2, end: i + 2 + length };
    shift *= 128;
  }
  return undefined;
}
