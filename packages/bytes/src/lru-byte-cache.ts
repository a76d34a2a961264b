import type { ByteCache } from './byte-cache.ts';

/** What an entry costs beside its key and value: the map's slot and the objects. */
const ENTRY_BYTES = 128;

/** A cache that drops what was not asked for the longest when its bytes (keys and bookkeeping included) pass the limit. */
export class LruByteCache implements ByteCache {
  readonly maxBytes: number;
  /** Least recently used first. */
  readonly #entries = new Map<string, Uint8Array>();
  #sizeBytes = 0;
  readonly #onEvict: (key: string, value: Uint8Array) => void;

  /** `onEvict` hears of what is dropped for room, not of what is deleted or replaced. */
  constructor(maxBytes: number, onEvict: (key: string, value: Uint8Array) => void = () => {}) {
    this.maxBytes = maxBytes;
    this.#onEvict = onEvict;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** How many values are there. */
  get entries(): number {
    return this.#entries.size;
  }

  get(key: string): Uint8Array | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  put(key: string, value: Uint8Array): void {
    this.delete(key);
    const cost = costOf(key, value);
    if (cost > this.maxBytes) return;
    this.#entries.set(key, value);
    this.#sizeBytes += cost;
    if (this.#sizeBytes > this.maxBytes) this.#shrink();
  }

  delete(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#sizeBytes -= costOf(key, value);
  }

  #shrink(): void {
    for (const [key, value] of this.#entries) {
      if (this.#sizeBytes <= this.maxBytes) return;
      this.delete(key);
      this.#onEvict(key, value);
    }
  }
}

function costOf(key: string, value: Uint8Array): number {
  return key.length * 2 + value.length + ENTRY_BYTES;
}
