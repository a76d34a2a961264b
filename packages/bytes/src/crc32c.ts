/** Slicing-by-16 tables of CRC-32C (Castagnoli, reflected polynomial 0x82f63b78). */
const TABLES: Int32Array = makeTables(16);

function makeTables(count: number): Int32Array {
  const tables = new Int32Array(count * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
    tables[n] = c;
  }
  for (let n = 0; n < 256; n++) {
    let c = tables[n];
    for (let k = 1; k < count; k++) {
      c = tables[c & 0xff] ^ (c >>> 8);
      tables[k * 256 + n] = c;
    }
  }
  return tables;
}

/** Of the buffer that was checked last: many small parts of one buffer are usual, and a view costs more than a part. */
let view: DataView = new DataView(new ArrayBuffer(0));

/** CRC-32C of `[from, to)` as an unsigned number; `seed` is the CRC of what came before. */
export function crc32c(bytes: Uint8Array, from = 0, to: number = bytes.length, seed = 0): number {
  const t = TABLES;
  let c = ~seed;
  let i = from;
  if (to - from >= 16) {
    if (view.buffer !== bytes.buffer) view = new DataView(bytes.buffer);
    const v = view;
    const base = bytes.byteOffset;
    for (; i + 16 <= to; i += 16) {
      const p = base + i;
      const w = c ^ v.getInt32(p, true);
      const x = v.getInt32(p + 4, true);
      const y = v.getInt32(p + 8, true);
      const z = v.getInt32(p + 12, true);
      c =
        t[3840 + (w & 0xff)] ^
        t[3584 + ((w >>> 8) & 0xff)] ^
        t[3328 + ((w >>> 16) & 0xff)] ^
        t[3072 + (w >>> 24)] ^
        t[2816 + (x & 0xff)] ^
        t[2560 + ((x >>> 8) & 0xff)] ^
        t[2304 + ((x >>> 16) & 0xff)] ^
        t[2048 + (x >>> 24)] ^
        t[1792 + (y & 0xff)] ^
        t[1536 + ((y >>> 8) & 0xff)] ^
        t[1280 + ((y >>> 16) & 0xff)] ^
        t[1024 + (y >>> 24)] ^
        t[768 + (z & 0xff)] ^
        t[512 + ((z >>> 8) & 0xff)] ^
        t[256 + ((z >>> 16) & 0xff)] ^
        t[z >>> 24];
    }
  }
  for (; i < to; i++) c = t[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}

/** The masked form of the snappy stream format: rotated and offset, so that a CRC of data with CRCs in it stays good. */
export function maskCrc32c(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
