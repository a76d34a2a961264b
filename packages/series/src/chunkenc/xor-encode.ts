import { TsanosError } from '@tsanos/bytes';

/** Most samples a chunk can count. */
export const MAX_CHUNK_SAMPLES = 65535;
/** Times and deltas of deltas beyond these are refused: they would not be exact as numbers. */
const SAFE = 2 ** 52;

let scratch = new Uint8Array(16384);
let view = new DataView(scratch.buffer);

/**
 * Encodes samples `from` to `to` (exclusive) of a column pair as one XOR chunk (Prometheus' encoding 1), byte for byte as
 * Prometheus' appender does. `t` is in ms, `w` holds the int32 words of the values (`SampleColumns.w`), so that stale
 * markers keep their bits. Returns a fresh array with an ArrayBuffer of its own. Into `sizes[k]`, if given, goes the size
 * in bytes of a chunk of the first k + 1 samples.
 */
export function encodeXor(
  t: Float64Array,
  w: Int32Array,
  from: number,
  to: number,
  sizes?: Uint32Array,
): Uint8Array<ArrayBuffer> {
  const count = to - from;
  if (count < 0 || count > MAX_CHUNK_SAMPLES) {
    throw new TsanosError(
      'internal',
      'chunk-too-long',
      `encode XOR chunk: ${count} samples, want 0 to ${MAX_CHUNK_SAMPLES}`,
    );
  }
  // A sample takes 145 bits at most; 32-bit stores touch 8 bytes past the position.
  const most = 32 + count * 19;
  if (most > scratch.length) {
    scratch = new Uint8Array(2 * most);
    view = new DataView(scratch.buffer);
  }
  view.setUint16(0, count);
  if (count === 0) return scratch.slice(0, 2);

  const t0 = t[from];
  if (!(Math.abs(t0) <= SAFE)) throw unsafeTime(t0);
  let b = putUvarint(2, t0 >= 0 ? t0 * 2 : -t0 * 2 - 1);
  let hi = w[2 * from + 1];
  let lo = w[2 * from];
  view.setInt32(b, hi);
  view.setInt32(b + 4, lo);
  b += 8;
  let p = b * 8;
  if (sizes !== undefined) sizes[0] = b;

  let delta = 0;
  // No window yet: no value has this many leading zeros.
  let lead = 255;
  let trail = 0;
  for (let i = from + 1; i < to; i++) {
    const next = t[i] - t[i - 1];
    if (i === from + 1) {
      if (next < 0 || !(Math.abs(t[i]) <= SAFE)) {
        if (!(Math.abs(t[i]) <= SAFE)) throw unsafeTime(t[i]);
        p = putNegativeUvarint(b, next) * 8;
      } else {
        p = putUvarint(b, next) * 8;
      }
      scratch[p >>> 3] = 0;
    } else {
      const dod = next - delta;
      if (dod === 0) {
        if ((p & 7) === 0) scratch[p >>> 3] = 0;
        p++;
      } else {
        const at = p >>> 3;
        const s = p & 7;
        const head = s === 0 ? 0 : scratch[at] << 24;
        if (dod >= -8191 && dod <= 8192) {
          view.setInt32(at, head | ((0x8000 | (dod & 0x3fff)) << (16 - s)));
          p += 16;
        } else if (dod >= -65535 && dod <= 65536) {
          view.setInt32(at, head | ((0xc0000 | (dod & 0x1ffff)) << (12 - s)));
          p += 20;
        } else if (dod >= -524287 && dod <= 524288) {
          view.setInt32(at, head | ((0xe00000 | (dod & 0xfffff)) << (8 - s)));
          p += 24;
        } else {
          if (!(Math.abs(t[i]) <= SAFE)) throw unsafeTime(t[i]);
          view.setInt32(at, head | (0xf0000000 >>> s));
          p += 4;
          p = put32(p, Math.floor(dod / 4294967296));
          p = put32(p, (dod % 4294967296) | 0);
        }
      }
    }
    delta = next;

    const newHi = w[2 * i + 1];
    const newLo = w[2 * i];
    const xhi = hi ^ newHi;
    const xlo = lo ^ newLo;
    if (xhi === 0 && xlo === 0) {
      if ((p & 7) === 0) scratch[p >>> 3] = 0;
      p++;
      if (sizes !== undefined) sizes[i - from] = (p + 7) >>> 3;
      continue;
    }
    hi = newHi;
    lo = newLo;
    let l = xhi !== 0 ? Math.clz32(xhi) : 31;
    if (l > 31) l = 31;
    const z = xlo !== 0 ? 31 - Math.clz32(xlo & -xlo) : 63 - Math.clz32(xhi & -xhi);
    const at = p >>> 3;
    const s = p & 7;
    const head = s === 0 ? 0 : scratch[at] << 24;
    if (l >= lead && z >= trail) {
      view.setInt32(at, head | (0x80000000 >>> s));
      p += 2;
    } else {
      lead = l;
      trail = z;
      const sig = 64 - l - z;
      view.setInt32(at, head | ((0x1800 | (l << 6) | (sig & 63)) << (19 - s)));
      p += 13;
    }
    const sig = 64 - lead - trail;
    // The meaningful bits, aligned to the right.
    let mhi: number;
    let mlo: number;
    if (trail >= 32) {
      mhi = 0;
      mlo = xhi >>> (trail - 32);
    } else if (trail === 0) {
      mhi = xhi;
      mlo = xlo;
    } else {
      mhi = xhi >>> trail;
      mlo = (xlo >>> trail) | (xhi << (32 - trail));
    }
    if (sig > 32) {
      // Aligned to the left: the top 32 bits, then the rest.
      const up = 64 - sig;
      const top = up === 0 ? mhi : (mhi << up) | (mlo >>> (32 - up));
      p = put32(p, top);
      put32(p, mlo << up);
      p += sig - 32;
    } else {
      put32(p, mlo << (32 - sig));
      p += sig;
    }
    if (sizes !== undefined) sizes[i - from] = (p + 7) >>> 3;
  }
  return scratch.slice(0, (p + 7) >>> 3);
}

/** Writes 32 bits at bit position `p`; what follows them in their last byte becomes zero. */
function put32(p: number, bits: number): number {
  const at = p >>> 3;
  const s = p & 7;
  if (s === 0) {
    view.setInt32(at, bits);
    scratch[at + 4] = 0;
  } else {
    view.setInt32(at, (scratch[at] << 24) | (bits >>> s));
    scratch[at + 4] = bits << (8 - s);
  }
  return p + 32;
}

function putUvarint(b: number, value: number): number {
  while (value >= 128) {
    scratch[b++] = (value % 128) | 128;
    value = Math.floor(value / 128);
  }
  scratch[b++] = value;
  return b;
}

/** A negative int64 written as uvarint of its two's complement, as Go converts it: always ten bytes. */
function putNegativeUvarint(b: number, value: number): number {
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 128n) {
    scratch[b++] = Number(rest & 127n) | 128;
    rest >>= 7n;
  }
  scratch[b++] = Number(rest);
  return b;
}

function unsafeTime(t: number): TsanosError {
  return new TsanosError(
    'bad-input',
    'time-out-of-range',
    `encode chunk: time ${t} ms is beyond ±2^52, which no clock shows; drop the sample`,
  );
}
