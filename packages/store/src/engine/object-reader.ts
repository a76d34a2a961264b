import type { Bucket } from '@tsanos/objstore';
import type { RangeCache } from './range-cache.ts';
import type { ByteRange } from './read-plan.ts';

/** What a reader tells of its work, for limits and metrics. */
export interface ReadAccount {
  /** Called before bytes are asked of the bucket; throws when a limit of the request would be passed. */
  beforeFetch(bytes: number): void;
  /** Called when a GET of `bytes` ended. */
  fetched(bytes: number, seconds: number): void;
}

/** GETs that one call has in flight at a time. */
const PARALLEL = 16;
/** GETs under way or waiting to be consumed when ranges are read one by one. */
const AHEAD = 4;

/** Reads ranges of one immutable object through the cache; several GETs at once. */
export class ObjectReader {
  readonly #bucket: Bucket;
  readonly #name: string;
  readonly #cache: RangeCache;

  constructor(bucket: Bucket, name: string, cache: RangeCache) {
    this.#bucket = bucket;
    this.#name = name;
    this.#cache = cache;
  }

  /**
   * The bytes of each range, in order; views that must not be written to. A range past the object's end comes shorter. Ranges are
   * fetched as they are: who calls has coalesced them.
   */
  async read(ranges: readonly ByteRange[], account: ReadAccount, signal: AbortSignal): Promise<Uint8Array[]> {
    const out = new Array<Uint8Array>(ranges.length);
    const missing: number[] = [];
    let bytes = 0;
    ranges.forEach((range, i) => {
      const cached = this.#cache.get(this.#name, range.start, range.end);
      if (cached !== undefined) out[i] = cached;
      else {
        missing.push(i);
        bytes += range.end - range.start;
      }
    });
    if (missing.length === 0) return out;
    account.beforeFetch(bytes);
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < missing.length) {
        const i = missing[next++];
        out[i] = await this.#fetch(ranges[i], account, signal);
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, missing.length) }, lane));
    return out;
  }

  /** The same one by one, a few ahead of the consumer: for more than memory should hold at a time. */
  async *readAhead(
    ranges: readonly ByteRange[],
    account: ReadAccount,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    const coming: Promise<Uint8Array[]>[] = [];
    for (let i = 0, next = 0; i < ranges.length; i++) {
      for (; next < Math.min(ranges.length, i + AHEAD); next++) {
        const part = this.read([ranges[next]], account, signal);
        // It is awaited below, or nobody wants it any more.
        part.catch(() => {});
        coming.push(part);
      }
      yield (await (coming.shift() as Promise<Uint8Array[]>))[0];
    }
  }

  async #fetch(range: ByteRange, account: ReadAccount, signal: AbortSignal): Promise<Uint8Array> {
    const began = performance.now();
    const bytes = await this.#bucket.getRange(this.#name, range.start, range.end - range.start, signal);
    account.fetched(bytes.length, (performance.now() - began) / 1000);
    this.#cache.put(this.#name, range.start, bytes);
    return bytes;
  }
}
