import type { BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
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

/** Writes a column of values as XOR chunks code them. */
export class XorValueWriter {
  #hi = 0;
  #lo = 0;
  #lead = 255;
  #trail = 0;

  /** The first value: 64 plain bits. */
  first(w: BitWriter, hi: number, lo: number): void {
    this.base(hi, lo);
    w.bits64(hi, lo);
  }

  /** Takes a value as the one before, without writing it. */
  base(hi: number, lo: number): void {
    this.#hi = hi;
    this.#lo = lo;
  }

  /** Whether a value is the one before. */
  same(hi: number, lo: number): boolean {
    return hi === this.#hi && lo === this.#lo;
  }

  next(w: BitWriter, hi: number, lo: number): void {
    if (this.same(hi, lo)) {
      w.bit(0);
      return;
    }
    if (this.fits(hi, lo)) {
      w.bits(2, 2);
      this.again(w, hi, lo);
    } else {
      w.bits(3, 2);
      this.renew(w, hi, lo);
    }
  }

  /** Whether what a value differs in lies within the window. */
  fits(hi: number, lo: number): boolean {
    return lead(hi ^ this.#hi) >= this.#lead && trail(hi ^ this.#hi, lo ^ this.#lo) >= this.#trail;
  }

  /** Writes a value within the window. */
  again(w: BitWriter, hi: number, lo: number): void {
    this.#meaningful(w, hi, lo);
  }

  /** Writes a new window and a value. */
  renew(w: BitWriter, hi: number, lo: number): void {
    this.#lead = lead(hi ^ this.#hi);
    this.#trail = trail(hi ^ this.#hi, lo ^ this.#lo);
    w.bits(this.#lead, 5);
    w.bits((64 - this.#lead - this.#trail) & 63, 6);
    this.#meaningful(w, hi, lo);
  }

  #meaningful(w: BitWriter, hi: number, lo: number): void {
    const xhi = hi ^ this.#hi;
    const xlo = lo ^ this.#lo;
    const cut = this.#trail;
    const n = 64 - this.#lead - cut;
    let high = xhi;
    let low = xlo;
    if (cut >= 32) {
      low = xhi >>> (cut - 32);
      high = 0;
    } else if (cut > 0) {
      low = (xlo >>> cut) | (xhi << (32 - cut));
      high = xhi >>> cut;
    }
    if (n > 32) w.bits(high, n - 32);
    w.bits(low, Math.min(n, 32));
    this.base(hi, lo);
  }
}

/** Leading zeros of a difference, of which at most 31 count. */
function lead(hi: number): number {
  return hi === 0 ? 31 : Math.clz32(hi);
}

function trail(hi: number, lo: number): number {
  return lo !== 0 ? 31 - Math.clz32(lo & -lo) : 63 - Math.clz32(hi & -hi);
}
