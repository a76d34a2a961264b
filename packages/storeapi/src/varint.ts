// Varints straight into a buffer, for writers that know their sizes beforehand.

/** Bytes of a non-negative integer below 2^53. */
export function uvarintSize(n: number): number {
  let size = 1;
  while (n >= 128) {
    n = Math.floor(n / 128);
    size++;
  }
  return size;
}

/** Writes it; returns the offset after it. */
export function putUvarint(buffer: Uint8Array, at: number, n: number): number {
  while (n > 0x7fffffff) {
    buffer[at++] = (n % 128) | 0x80;
    n = Math.floor(n / 128);
  }
  while (n > 127) {
    buffer[at++] = (n & 127) | 128;
    n >>>= 7;
  }
  buffer[at++] = n;
  return at;
}

/** Bytes of an int64 varint; negative ones take ten. */
export function int64Size(n: number): number {
  return n < 0 ? 10 : n > Number.MAX_SAFE_INTEGER ? 9 : uvarintSize(n);
}

/** Writes an int64; beyond 2^63 it saturates. Returns the offset after it. */
export function putInt64(buffer: Uint8Array, at: number, n: number): number {
  if (n >= 0 && n <= Number.MAX_SAFE_INTEGER) return putUvarint(buffer, at, n);
  if (n >= 2 ** 63) return putUint64(buffer, at, 0x7fffffff, 0xffffffff);
  if (n <= -(2 ** 63)) return putUint64(buffer, at, 0x80000000, 0);
  const hi = Math.floor(n / 0x100000000);
  return putUint64(buffer, at, hi >>> 0, (n - hi * 0x100000000) >>> 0);
}

/** Bytes of a uint64 given as two words. */
export function uint64Size(hi: number, lo: number): number {
  if (hi === 0) return lo < 0x80 ? 1 : lo < 0x4000 ? 2 : lo < 0x200000 ? 3 : lo < 0x10000000 ? 4 : 5;
  // Bits 0 to 34 fill five bytes.
  let size = 5;
  for (let rest = hi >>> 3; rest > 0; rest >>>= 7) size++;
  return size;
}

/** Writes it; returns the offset after it. */
export function putUint64(buffer: Uint8Array, at: number, hi: number, lo: number): number {
  while (hi !== 0) {
    buffer[at++] = (lo & 127) | 128;
    lo = ((lo >>> 7) | (hi << 25)) >>> 0;
    hi >>>= 7;
  }
  while (lo > 127) {
    buffer[at++] = (lo & 127) | 128;
    lo >>>= 7;
  }
  buffer[at++] = lo;
  return at;
}
