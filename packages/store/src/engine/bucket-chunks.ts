import type { TsanosError } from '@tsanos/bytes';
import type { Bucket } from '@tsanos/objstore';
import { ChunkBodies, damagedChunk, type ChunkPlaces, type ChunkSource } from '@tsanos/tsdb';
import { missingObject, type BlockDescriptor } from './block-descriptor.ts';
import { planChunkReads, type SegmentRange } from './chunk-plan.ts';
import { ObjectReader, type ReadAccount } from './object-reader.ts';
import type { RangeCache } from './range-cache.ts';

/** Read for a chunk whose end nothing tells: few chunks of 120 floats are longer, and those are read again. */
const CHUNK_ESTIMATE_BYTES = 1280;
const GAP_BYTES = 512 * 1024;
const MAX_RANGE_BYTES = 4 * 1024 * 1024;

/** The chunks of one block in a bucket, for one call: read by coalesced ranges of the segments, several at once. */
export class BucketChunks implements ChunkSource {
  readonly #block: BlockDescriptor;
  readonly #bucket: Bucket;
  readonly #cache: RangeCache;
  readonly #account: ReadAccount;
  readonly #signal: AbortSignal;
  readonly #segments = new Map<number, ObjectReader>();

  constructor(block: BlockDescriptor, bucket: Bucket, cache: RangeCache, account: ReadAccount, signal: AbortSignal) {
    this.#block = block;
    this.#bucket = bucket;
    this.#cache = cache;
    this.#account = account;
    this.#signal = signal;
  }

  async read(places: ChunkPlaces, from: number, to: number): Promise<ChunkBodies> {
    const plan = planChunkReads(places.segment.subarray(from, to), places.offset.subarray(from, to), to - from, {
      gapBytes: GAP_BYTES,
      maxRangeBytes: MAX_RANGE_BYTES,
      estimateBytes: CHUNK_ESTIMATE_BYTES,
      segmentSizes: this.#block.segmentBytes,
    });
    const bodies = new ChunkBodies(to - from);
    bodies.buffers.push(...(await this.#readRanges(plan.ranges)));
    for (let i = from; i < to; i++) {
      const range = plan.rangeOf[i - from];
      const at = places.offset[i] - plan.ranges[range].start;
      const missing = bodies.enter(i - from, range, at, (message) => this.#damaged(places, i, message));
      if (missing > 0) await this.#readAgain(places, i, i - from, missing, bodies);
    }
    return bodies;
  }

  async #readRanges(ranges: readonly SegmentRange[]): Promise<Uint8Array[]> {
    const out = new Array<Uint8Array>(ranges.length);
    const bySegment = Map.groupBy(ranges.keys(), (i) => ranges[i].segment);
    await Promise.all(
      [...bySegment].map(async ([segment, indexes]) => {
        const parts = await this.#read(
          segment,
          indexes.map((i) => ranges[i]),
        );
        indexes.forEach((i, k) => (out[i] = parts[k]));
      }),
    );
    return out;
  }

  /** A chunk longer than was guessed: reads it whole, in a buffer of its own. */
  async #readAgain(places: ChunkPlaces, i: number, row: number, missing: number, bodies: ChunkBodies): Promise<void> {
    const buffer = bodies.buffers.push(new Uint8Array(0)) - 1;
    const start = places.offset[i];
    // Twice at most: for the length, then for what it says.
    for (let want = missing, attempt = 0; want > 0; attempt++) {
      if (attempt === 2) throw this.#damaged(places, i, 'it runs past the end of the file');
      [bodies.buffers[buffer]] = await this.#read(places.segment[i], [{ start, end: start + want }]);
      want = bodies.enter(row, buffer, 0, (message) => this.#damaged(places, i, message));
    }
  }

  async #read(segment: number, ranges: readonly { start: number; end: number }[]): Promise<Uint8Array[]> {
    let reader = this.#segments.get(segment);
    if (reader === undefined) {
      reader = new ObjectReader(this.#bucket, `${this.#block.ulid}/${this.#fileOf(segment)}`, this.#cache);
      this.#segments.set(segment, reader);
    }
    try {
      return await reader.read(ranges, this.#account, this.#signal);
    } catch (error) {
      throw missingObject(error, this.#block.ulid, this.#fileOf(segment));
    }
  }

  #fileOf(segment: number): string {
    return this.#block.segmentNames[segment] ?? `chunks/${String(segment + 1).padStart(6, '0')}`;
  }

  #damaged(places: ChunkPlaces, i: number, message: string): TsanosError {
    return damagedChunk(`block ${this.#block.ulid}: ${this.#fileOf(places.segment[i])}`, places, i, message);
  }
}
