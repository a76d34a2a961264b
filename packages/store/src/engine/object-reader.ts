import type { Bucket } from '@tsanos/objstore';
import type { RangeCache } from './range-cache.ts';

/** `[start, end)` of an object. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a reader tells of its work, for limits and metrics. */
export interface ReadAccount {
  /** Called before bytes are asked of the bucket; throws when a limit of the request would be passed. */
  beforeFetch(bytes: number): void;
  /** Called when a GET of `bytes` ended. */
  fetched(bytes: number, seconds: number): void;
}

/** GETs that one call has in flight at a time. */
const PARALLEL = 16;

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

  async #fetch(range: ByteRange, account: ReadAccount, signal: AbortSignal): Promise<Uint8Array> {
    const began = performance.now();
    const bytes = await this.#bucket.getRange(this.#name, range.start, range.end - range.start, signal);
    account.fetched(bytes.length, (performance.now() - began) / 1000);
    this.#cache.put(this.#name, range.start, bytes);
    return bytes;
  }
}

/** Joins ranges, sorted by start, that lie closer than `gapBytes` while the result stays below `maxBytes`. */
export function coalesce(
  sorted: readonly ByteRange[],
  gapBytes: number,
  maxBytes: number,
): { ranges: ByteRange[]; rangeOf: Uint32Array } {
  const ranges: { start: number; end: number }[] = [];
  const rangeOf = new Uint32Array(sorted.length);
  sorted.forEach((range, i) => {
    const last = ranges.at(-1);
    if (
      last !== undefined &&
      range.start - last.end <= gapBytes &&
      Math.max(range.end, last.end) - last.start <= maxBytes
    ) {
      if (range.end > last.end) last.end = range.end;
    } else ranges.push({ start: range.start, end: range.end });
    rangeOf[i] = ranges.length - 1;
  });
  return { ranges, rangeOf };
}
