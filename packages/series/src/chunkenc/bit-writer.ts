/** Writes a chunk bit by bit, most significant first, into memory that grows; the last byte is padded with zeros. */
export class BitWriter {
  #bytes = new Uint8Array(256);
  /** Bits written. */
  #used = 0;

  /** Bytes written, the last one perhaps in part. */
  get length(): number {
    return (this.#used + 7) >>> 3;
  }

  clear(): void {
    this.#used = 0;
  }

  bit(bit: number): void {
    this.bits(bit, 1);
  }

  /** The low `n` bits of `value`, 0 to 32; the others must be zero unless n is 32. */
  bits(value: number, n: number): void {
    const at = this.#used >>> 3;
    if (at + 6 > this.#bytes.length) this.#grow(at + 6);
    const bytes = this.#bytes;
    const free = 8 - (this.#used & 7);
    this.#used += n;
    if (free === 8) bytes[at] = 0;
    if (n <= free) {
      bytes[at] |= value << (free - n);
      return;
    }
    let left = n - free;
    bytes[at] |= value >>> left;
    let next = at + 1;
    while (left >= 8) {
      left -= 8;
      bytes[next++] = value >>> left;
    }
    bytes[next] = left > 0 ? value << (8 - left) : 0;
  }

  bits64(hi: number, lo: number): void {
    this.bits(hi, 32);
    this.bits(lo, 32);
  }

  /** The uint64 of the words as LEB128, at any bit position. */
  uvarint(hi: number, lo: number): void {
    let high = hi >>> 0;
    let low = lo >>> 0;
    while (high > 0 || low >= 128) {
      this.bits((low & 127) | 128, 8);
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.bits(low, 8);
  }

  /** The int64 of the words as zigzag LEB128. */
  varint(hi: number, lo: number): void {
    const sign = hi >> 31;
    this.uvarint(((hi << 1) | (lo >>> 31)) ^ sign, (lo << 1) ^ sign);
  }

  /** Overwrites a whole byte that was written. */
  patch(at: number, byte: number): void {
    this.#bytes[at] = byte;
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.length);
  }

  #grow(need: number): void {
    const larger = new Uint8Array(Math.max(need, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
