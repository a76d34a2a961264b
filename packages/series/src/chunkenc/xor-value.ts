import type { BitReader } from './bit-reader.ts';
import { EndOfChunk } from './bit-reader.ts';

/** Reads a column of values coded as in XOR chunks: each against the one before, within a window of meaningful bits. */
export class XorValueReader {
  /** The current value's int32 words. */
  hi = 0;
  lo = 0;
  #lead = 0;
  #sig = 64;

  /** The first value: 64 plain bits. */
  first(r: BitReader): void {
    r.bits64();
    this.hi = r.hi;
    this.lo = r.lo;
  }

  next(r: BitReader): void {
    if (r.bit() === 0) return;
    if (r.bit() === 1) this.window(r);
    this.bits(r);
  }

  /** Reads a new window. */
  window(r: BitReader): void {
    this.#lead = r.bits(5);
    this.#sig = r.bits(6) || 64;
    if (this.#lead + this.#sig > 64) throw new EndOfChunk();
  }

  /** Reads the meaningful bits and applies them. */
  bits(r: BitReader): void {
    r.wide(this.#sig);
    const trail = 64 - this.#lead - this.#sig;
    if (trail >= 32) {
      this.hi ^= r.lo << (trail - 32);
    } else if (trail === 0) {
      this.hi ^= r.hi;
      this.lo ^= r.lo;
    } else {
      this.hi ^= (r.hi << trail) | (r.lo >>> (32 - trail));
      this.lo ^= r.lo << trail;
    }
  }
}
