import type { BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';

/** Payload bits by the number of ones in the prefix. */
const SIZES: readonly number[] = [0, 3, 6, 9, 12, 18, 25, 56, 64];

function size(r: BitReader): number {
  let ones = 0;
  while (ones < 8 && r.bit() === 1) ones++;
  return SIZES[ones];
}

/** Reads Prometheus' variable-width signed number into `r.hi` and `r.lo`. */
export function readVarbitInt(r: BitReader): void {
  const n = size(r);
  r.wide(n);
  if (n === 0 || n === 64) return;
  // The range is -(2^(n-1) - 1) to 2^(n-1).
  if (n > 32) {
    const half = 2 ** (n - 33);
    if (r.hi > half || (r.hi === half && r.lo !== 0)) r.hi -= 2 * half;
  } else if (r.lo > 2 ** (n - 1)) {
    r.lo -= 2 ** n;
    r.hi = -1;
  }
}

/** Reads Prometheus' variable-width unsigned number into `r.hi` and `r.lo`. */
export function readVarbitUint(r: BitReader): void {
  r.wide(size(r));
}

/** Writes the int64 of the words `hi` and `lo` in the smallest width that holds it. */
export function writeVarbitInt(w: BitWriter, hi: number, lo: number): void {
  const value = hi * 4294967296 + (lo >>> 0);
  let ones = value === 0 ? 0 : 1;
  while (ones < 7 && ones > 0 && !(value > -(2 ** (SIZES[ones] - 1)) && value <= 2 ** (SIZES[ones] - 1))) ones++;
  // At 56 bits numbers are not exact any more: -(2^55 - 1) to 2^55 by words.
  if (ones === 7 && !(hi < 0x800000 ? hi > -0x800000 || (hi === -0x800000 && lo !== 0) : hi === 0x800000 && lo === 0))
    ones = 8;
  put(w, ones, hi, lo);
}

/** Writes the uint64 of the words `hi` and `lo` in the smallest width that holds it. */
export function writeVarbitUint(w: BitWriter, hi: number, lo: number): void {
  const value = (hi >>> 0) * 4294967296 + (lo >>> 0);
  let ones = 0;
  while (ones < 7 && value >= 2 ** SIZES[ones]) ones++;
  if (ones === 7 && hi >>> 0 >= 0x1000000) ones = 8;
  put(w, ones, hi, lo);
}

function put(w: BitWriter, ones: number, hi: number, lo: number): void {
  const n = SIZES[ones];
  // `ones` ones and, but for the widest, a zero.
  if (ones === 8) w.bits(0xff, 8);
  else w.bits((1 << (ones + 1)) - 2, ones + 1);
  if (n > 32) w.bits(n === 64 ? hi : hi & (2 ** (n - 32) - 1), n - 32);
  if (n > 0) w.bits(n >= 32 ? lo : lo & (2 ** n - 1), Math.min(n, 32));
}
