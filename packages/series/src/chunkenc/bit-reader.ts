/** Thrown within decoders when a read passes the end of the chunk; turned into a corrupt-chunk error at their border. */
export class EndOfChunk extends Error {
  constructor() {
    super('end of chunk');
  }
}

/**
 * Reads a chunk bit by bit, most significant first, and checks every read against the chunk's end. 64-bit results are
 * left in `hi` and `lo`, as int32 words.
 */
export class BitReader {
  hi = 0;
  lo = 0;
  readonly #buf: Uint8Array;
  readonly #end: number;
  #byte: number;
  #bit = 0;

  constructor(buf: Uint8Array, offset: number, length: number) {
    this.#buf = buf;
    this.#byte = offset;
    this.#end = offset + length;
  }

  /** Bits left to read. */
  get left(): number {
    return (this.#end - this.#byte) * 8 - this.#bit;
  }

  /** Bits from the position to the end of the byte it is in, 0 when it is at a byte's start: the free bits of a chunk read to its end. */
  get free(): number {
    return this.#bit === 0 ? 0 : 8 - this.#bit;
  }

  bit(): number {
    if (this.#byte >= this.#end) throw new EndOfChunk();
    const bit = (this.#buf[this.#byte] >>> (7 - this.#bit)) & 1;
    if (this.#bit === 7) {
      this.#bit = 0;
      this.#byte++;
    } else {
      this.#bit++;
    }
    return bit;
  }

  /** The next 0 to 32 bits as an unsigned number. */
  bits(n: number): number {
    if (n === 0) return 0;
    if (n > this.left) throw new EndOfChunk();
    const buf = this.#buf;
    const end = this.#bit + n;
    let value = buf[this.#byte] & (255 >>> this.#bit);
    if (end <= 8) {
      value >>>= 8 - end;
      this.#bit = end & 7;
      if (end === 8) this.#byte++;
      return value;
    }
    let need = end - 8;
    let at = this.#byte + 1;
    while (need >= 8) {
      value = value * 256 + buf[at++];
      need -= 8;
    }
    if (need > 0) value = value * (1 << need) + (buf[at] >>> (8 - need));
    this.#byte = at;
    this.#bit = need;
    return value;
  }

  /** The next 64 bits into `hi` and `lo`. */
  bits64(): void {
    this.wide(64);
  }

  /** The next 0 to 64 bits, unsigned, into `hi` and `lo`. */
  wide(n: number): void {
    if (n > this.left) throw new EndOfChunk();
    this.hi = n > 32 ? this.bits(n - 32) | 0 : 0;
    this.lo = this.bits(Math.min(n, 32)) | 0;
  }

  /** An unsigned LEB128 number of up to 64 bits, its bytes at any bit position, into `hi` and `lo`. */
  uvarint(): void {
    let lo = 0;
    let hi = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bits(8);
      const group = byte & 127;
      if (shift < 28) lo |= group << shift;
      else if (shift === 28) {
        lo |= group << 28;
        hi |= group >>> 4;
      } else if (shift < 63) hi |= group << (shift - 32);
      else hi |= group << 31;
      if (byte < 128) {
        this.hi = hi;
        this.lo = lo;
        return;
      }
    }
    throw new EndOfChunk();
  }

  /** A zigzag LEB128 number, signed, into `hi` and `lo`. */
  varint(): void {
    this.uvarint();
    const sign = -(this.lo & 1);
    const lo = (this.lo >>> 1) | (this.hi << 31);
    this.hi = (this.hi >>> 1) ^ sign;
    this.lo = lo ^ sign;
  }

  /** `hi` and `lo` as a signed number, rounded beyond 2^53. */
  signed(): number {
    return this.hi * 4294967296 + (this.lo >>> 0);
  }

  /** `hi` and `lo` as an unsigned number, rounded beyond 2^53. */
  unsigned(): number {
    return (this.hi >>> 0) * 4294967296 + (this.lo >>> 0);
  }
}
