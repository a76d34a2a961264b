const encoder = new TextEncoder();

/** A growing buffer of bytes, written front to back. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Makes room for `extra` bytes and returns where the first of them goes. */
  reserve(extra: number): number {
    const at = this.#length;
    const need = at + extra;
    if (need > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(need, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  u8(n: number): this {
    const at = this.reserve(1);
    this.#bytes[at] = n;
    this.#length = at + 1;
    return this;
  }

  u16be(n: number): this {
    const at = this.reserve(2);
    this.#view.setUint16(at, n);
    this.#length = at + 2;
    return this;
  }

  u32be(n: number): this {
    const at = this.reserve(4);
    this.#view.setUint32(at, n);
    this.#length = at + 4;
    return this;
  }

  u32le(n: number): this {
    const at = this.reserve(4);
    this.#view.setUint32(at, n, true);
    this.#length = at + 4;
    return this;
  }

  u64be(hi: number, lo: number): this {
    return this.u32be(hi).u32be(lo);
  }

  f64be(n: number): this {
    const at = this.reserve(8);
    this.#view.setFloat64(at, n);
    this.#length = at + 8;
    return this;
  }

  /** LEB128 of a non-negative integer up to 2^53. */
  uvarint(n: number): this {
    let at = this.reserve(10);
    const bytes = this.#bytes;
    while (n > 0x7fffffff) {
      bytes[at++] = (n % 128) | 0x80;
      n = Math.floor(n / 128);
    }
    while (n > 0x7f) {
      bytes[at++] = (n & 0x7f) | 0x80;
      n >>>= 7;
    }
    bytes[at++] = n;
    this.#length = at;
    return this;
  }

  /** Zigzag LEB128, as Go's `binary.PutVarint`; |n| < 2^52 is exact. */
  varint(n: number): this {
    return this.uvarint(n >= 0 ? n * 2 : -n * 2 - 1);
  }

  bytes(source: Uint8Array): this {
    const at = this.reserve(source.length);
    this.#bytes.set(source, at);
    this.#length = at + source.length;
    return this;
  }

  /** UTF-8 without a length. */
  string(text: string): this {
    const at = this.reserve(text.length * 3);
    this.#length = at + encoder.encodeInto(text, this.#bytes.subarray(at)).written;
    return this;
  }

  /** Overwrites a u32 written earlier. */
  patchU32be(at: number, n: number): void {
    this.#view.setUint32(at, n);
  }

  /** Forgets what was written, keeps the memory. */
  clear(): void {
    this.#length = 0;
  }

  /** A view of what was written; valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written, in a buffer of its own that the caller owns. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}
