import { crc32c } from '@tsanos/bytes';

/** How much of a long test to run: 1 = a soak, a tenth of it by default. */
export const SOAK: number = Number(process.env.TSANOS_SOAK ?? 0.1);

/** Seed of this run: TSANOS_SEED, or a new one, which failures print. */
export const SEED: number = Number(process.env.TSANOS_SEED ?? Date.now() % 1_000_000_007);

/** A small generator of numbers in [0, n). */
export function rolls(seed: number): (n: number) => number {
  let a = seed >>> 0;
  return (n) => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x100000000) * n);
  };
}

const NASTY = [0, 1, 0x7f, 0x80, 0xff];

/** A damaged copy: flipped, overwritten, cut, or with a piece moved. */
export function mutate(bytes: Uint8Array, roll: (n: number) => number): Uint8Array {
  let copy = new Uint8Array(bytes);
  for (let n = 1 + roll(4); n > 0 && copy.length > 0; n--) {
    const at = roll(copy.length);
    const kind = roll(10);
    if (kind < 4) copy[at] ^= 1 << roll(8);
    else if (kind < 7) copy[at] = NASTY[roll(NASTY.length)];
    else if (kind < 8) copy.fill(NASTY[roll(NASTY.length)], at, at + 1 + roll(10));
    else if (kind < 9) copy.copyWithin(at, roll(copy.length), copy.length);
    else copy = copy.slice(0, at);
  }
  return copy;
}

/** Makes the checksum at `end` good for `[from, end)`. */
export function reseal(bytes: Uint8Array, from: number, end: number): void {
  if (end < from || end + 4 > bytes.length) return;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(end, crc32c(bytes, from, end));
}
