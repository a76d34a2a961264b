import { crc32c } from '@tsanos/bytes';
import { corrupt, Cursor } from '../cursor.ts';

/** Every 32nd symbol's position is kept, as in Prometheus. */
const SAMPLING = 32;
const CACHE_SLOTS = 4096;
const PLACE_SLOTS = 8192;

/** The parts of a `SymbolTable` that threads can share. */
export interface SharedSymbols {
  readonly version: 1 | 2;
  readonly fileOffset: number;
  /** The section, from its length field on. */
  readonly bytes: Uint8Array;
  readonly samples: Uint32Array;
  readonly count: number;
}

/**
 * The symbols of an index: one arena of bytes and the position of every 32nd string. A JS string is made when somebody asks
 * for the symbol, and kept in a small direct-mapped cache.
 */
export class SymbolTable {
  readonly #shared: SharedSymbols;
  readonly #text: Buffer;
  readonly #what: string;
  /** Set by `place`. */
  start = 0;
  end = 0;
  readonly #cursor: Cursor;
  readonly #placeIds = new Float64Array(PLACE_SLOTS).fill(-1);
  readonly #placeStart = new Uint32Array(PLACE_SLOTS);
  readonly #placeEnd = new Uint32Array(PLACE_SLOTS);
  readonly #cacheIds = new Float64Array(CACHE_SLOTS).fill(-1);
  readonly #cache: string[] = Array.from({ length: CACHE_SLOTS }, () => '');

  private constructor(shared: SharedSymbols, what: string) {
    this.#shared = shared;
    this.#what = what;
    this.#cursor = new Cursor(what);
    this.#text = Buffer.from(shared.bytes.buffer, shared.bytes.byteOffset, shared.bytes.byteLength);
  }

  /**
   * Reads the section (length, count, strings, checksum) that lies at `fileOffset` of an index file of format `version`.
   * `bytes` may be longer than the section. They are kept.
   */
  static read(bytes: Uint8Array, version: 1 | 2, fileOffset: number, what: string): SymbolTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = bytes.length < 12 ? -1 : view.getUint32(0);
    if (length < 4 || length + 8 > bytes.length) throw corrupt(what, 'read symbols: invalid size');
    if (crc32c(bytes, 4, 4 + length) !== view.getUint32(4 + length))
      throw corrupt(what, 'read symbols: invalid checksum');
    const count = view.getUint32(4);
    // A symbol takes at least its length byte.
    if (count > length - 4) throw corrupt(what, `read symbols: ${count} symbols do not fit into ${length} bytes`);
    const samples = new Uint32Array(new SharedArrayBuffer(4 * Math.ceil(count / SAMPLING)));
    const cursor = new Cursor(`${what}: read symbols`, bytes, 8, 4 + length);
    for (let i = 0; i < count; i++) {
      if (i % SAMPLING === 0) samples[i / SAMPLING] = cursor.position;
      cursor.skip(cursor.uvarint());
    }
    return new SymbolTable({ version, fileOffset, bytes, samples, count }, what);
  }

  /** The same table in another thread. */
  static from(shared: SharedSymbols, what: string): SymbolTable {
    return new SymbolTable(shared, what);
  }

  get shared(): SharedSymbols {
    return this.#shared;
  }

  get count(): number {
    return this.#shared.count;
  }

  /** The symbol that `ref` of a series entry means: its number (format 2) or its offset in the index file (format 1). */
  lookup(ref: number): string {
    const slot = ref % CACHE_SLOTS;
    if (this.#cacheIds[slot] === ref) return this.#cache[slot];
    this.place(ref);
    const symbol = this.#text.toString('utf8', this.start, this.end);
    this.#cacheIds[slot] = ref;
    this.#cache[slot] = symbol;
    return symbol;
  }

  /** Finds the bytes of a symbol: afterwards they are `[start, end)` of `bytes`. No string is made. */
  place(ref: number): void {
    const slot = ref % PLACE_SLOTS;
    if (this.#placeIds[slot] !== ref) {
      const cursor = this.#cursor;
      cursor.reset(this.#shared.bytes, this.#locate(ref), this.#shared.bytes.length);
      const length = cursor.uvarint();
      this.#placeStart[slot] = cursor.skip(length);
      this.#placeEnd[slot] = cursor.position;
      this.#placeIds[slot] = ref;
    }
    this.start = this.#placeStart[slot];
    this.end = this.#placeEnd[slot];
  }

  /** What `place` refers to; read-only. */
  get bytes(): Uint8Array {
    return this.#shared.bytes;
  }

  /** All symbols in order. */
  *[Symbol.iterator](): Generator<string> {
    const cursor = new Cursor(this.#what, this.#shared.bytes, 8);
    for (let i = 0; i < this.#shared.count; i++) {
      const length = cursor.uvarint();
      const start = cursor.skip(length);
      yield this.#text.toString('utf8', start, start + length);
    }
  }

  #locate(ref: number): number {
    const { version, fileOffset, bytes, samples, count } = this.#shared;
    if (version === 1) {
      const at = ref - fileOffset;
      if (at < 8 || at >= bytes.length) throw corrupt(this.#what, `unknown symbol offset ${ref}`);
      return at;
    }
    if (ref >= count) throw corrupt(this.#what, `unknown symbol offset ${ref}`);
    const cursor = this.#cursor;
    cursor.reset(bytes, samples[Math.floor(ref / SAMPLING)], bytes.length);
    for (let i = ref % SAMPLING; i > 0; i--) cursor.skip(cursor.uvarint());
    return cursor.position;
  }
}
