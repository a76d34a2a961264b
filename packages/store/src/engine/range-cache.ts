/** Bytes of one object that are in the cache: `[start, end)`. */
interface Segment {
  readonly object: string;
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Counts for the metrics. */
export interface RangeCacheStats {
  requests: number;
  hits: number;
  added: number;
  evicted: number;
  overflowed: number;
}

/** The fixed cost of an entry beyond its bytes, so that many small ones are counted too. */
const ENTRY_BYTES = 160;

/**
 * A cache of byte ranges of immutable objects, bounded by bytes, least recently used out first.
 *
 * Ranges are kept as they were fetched, not in pages: a query that is repeated finds its coalesced ranges whole, another one finds
 * those parts that lie inside, and nothing is fetched only to fill a page. Values are read-only and shared with the
 * callers.
 */
export class RangeCache {
  readonly maxBytes: number;
  readonly stats: RangeCacheStats = { requests: 0, hits: 0, added: 0, evicted: 0, overflowed: 0 };
  readonly #maxItemBytes: number;
  readonly #byObject = new Map<string, Segment[]>();
  /** Insertion order is recency. */
  readonly #recency = new Set<Segment>();
  #sizeBytes = 0;

  constructor(maxBytes: number, maxItemBytes: number = maxBytes / 2) {
    this.maxBytes = maxBytes;
    this.#maxItemBytes = maxItemBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get items(): number {
    return this.#recency.size;
  }

  /** The bytes `[start, end)` of `object`, a view, or undefined unless one segment holds them all. */
  get(object: string, start: number, end: number): Uint8Array | undefined {
    this.stats.requests++;
    const segments = this.#byObject.get(object);
    if (segments === undefined) return undefined;
    const segment = findCovering(segments, start, end);
    if (segment === undefined) return undefined;
    this.stats.hits++;
    this.#recency.delete(segment);
    this.#recency.add(segment);
    return segment.bytes.subarray(start - segment.start, end - segment.start);
  }

  /** Keeps `bytes`, which begin at `start` of `object`; the cache owns them from now on. */
  put(object: string, start: number, bytes: Uint8Array): void {
    const end = start + bytes.length;
    if (bytes.length === 0) return;
    if (bytes.length > this.#maxItemBytes) {
      this.stats.overflowed++;
      return;
    }
    const segments = this.#byObject.get(object) ?? [];
    if (findCovering(segments, start, end) !== undefined) return;
    this.#byObject.set(object, segments);
    for (let i = segments.length - 1; i >= 0; i--) {
      const other = segments[i];
      if (other.start >= start && other.end <= end) this.#remove(segments, i);
    }
    const segment: Segment = { object, start, end, bytes };
    segments.splice(lowerBound(segments, start), 0, segment);
    this.#recency.add(segment);
    this.#sizeBytes += bytes.length + ENTRY_BYTES;
    this.stats.added++;
    this.#evict();
  }

  /** Forgets all of an object, as when its block went away. */
  drop(objectPrefix: string): void {
    for (const [object, segments] of this.#byObject) {
      if (!object.startsWith(objectPrefix)) continue;
      for (const segment of segments) {
        this.#recency.delete(segment);
        this.#sizeBytes -= segment.bytes.length + ENTRY_BYTES;
      }
      this.#byObject.delete(object);
    }
  }

  #evict(): void {
    for (const segment of this.#recency) {
      if (this.#sizeBytes <= this.maxBytes) return;
      const segments = this.#byObject.get(segment.object);
      if (segments !== undefined) {
        this.#remove(segments, segments.indexOf(segment));
        if (segments.length === 0) this.#byObject.delete(segment.object);
      }
      this.stats.evicted++;
    }
  }

  #remove(segments: Segment[], index: number): void {
    const [segment] = segments.splice(index, 1);
    this.#recency.delete(segment);
    this.#sizeBytes -= segment.bytes.length + ENTRY_BYTES;
  }
}

/** First index whose start is >= `start`. */
function lowerBound(segments: readonly Segment[], start: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (segments[middle].start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The segment that holds `[start, end)` whole. Segments may overlap but none contains another, so ends ascend with starts and only
 * the last one that starts at or before `start` needs a look.
 */
function findCovering(segments: readonly Segment[], start: number, end: number): Segment | undefined {
  const after = lowerBound(segments, start + 1);
  const segment = after > 0 ? segments[after - 1] : undefined;
  return segment !== undefined && segment.end >= end ? segment : undefined;
}
