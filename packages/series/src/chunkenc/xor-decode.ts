import type { SampleColumns } from '@tsanos/model';
import { Encoding } from '../series-batch.ts';
import { corruptChunk } from './chunk-error.ts';
import { chunkStart, chunkView } from './chunk-view.ts';
import { decodeXorExact } from './xor-decode-exact.ts';

/** Beyond these, sums of times might pass 2^53 within one chunk of 65,535 samples: the exact decoder takes over. */
const SAFE_TIME = 2 ** 51;
const SAFE_DELTA = 2 ** 34;

/**
 * Appends the samples of an XOR chunk (Prometheus' encoding 1) to `out`, as they are stored.
 *
 * This is the hottest loop of the house: bits are read at a position, the value is kept as two int32 words and stored
 * through the words view, so that no NaN payload is touched. A chunk that ends too early or contradicts itself throws
 * (kind corrupt) after the samples before that were appended.
 */
export function decodeXor(buf: Uint8Array, offset: number, length: number, out: SampleColumns): void {
  if (length < 2) throw corruptChunk(Encoding.XOR, 'no sample count', 0, length);
  const view = chunkView(buf, offset, length);
  const start = chunkStart;
  const count = view.getUint16(start);
  if (count === 0) return;
  const end = (start + length) * 8;

  // Sample 0: zigzag varint time, 64 bits of value.
  let b = start + 2;
  let byte = view.getUint8(b++);
  let scale = 128;
  let t = byte & 127;
  while (byte >= 128 && b < start + 12) {
    byte = view.getUint8(b++);
    t += (byte & 127) * scale;
    scale *= 128;
  }
  if (byte >= 128 || (b + 8) * 8 > end) throw corruptChunk(Encoding.XOR, 'the first sample is cut', 0, length);
  if (t >= SAFE_TIME) return decodeXorExact(buf, offset, length, out);
  t = t % 2 === 0 ? t / 2 : -(t + 1) / 2;
  let hi = view.getInt32(b);
  let lo = view.getInt32(b + 4);
  b += 8;

  // Each further sample takes two bits at least.
  out.reserve(Math.min(count, 2 + ((end - b * 8) >> 1)));
  const first = out.n;
  const T = out.t;
  const W = out.w;
  let n = first;
  T[n] = t;
  W[2 * n] = lo;
  W[2 * n + 1] = hi;
  n++;
  if (count === 1) {
    out.n = n;
    return;
  }

  // Sample 1: uvarint time delta, then the value.
  out.n = n;
  if (b * 8 >= end) throw corruptChunk(Encoding.XOR, 'ends', 1, length);
  const deltaEnd = b + 10;
  byte = view.getUint8(b++);
  scale = 128;
  let delta = byte & 127;
  while (byte >= 128 && b < deltaEnd) {
    byte = view.getUint8(b++);
    delta += (byte & 127) * scale;
    scale *= 128;
  }
  if (byte >= 128 || b * 8 > end) throw corruptChunk(Encoding.XOR, 'ends', 1, length);
  if (delta >= SAFE_DELTA) {
    out.n = first;
    return decodeXorExact(buf, offset, length, out);
  }

  let p = b * 8;
  let x = view.getInt32(b);
  let lead = 0;
  let sig = 64;
  let trail = 0;
  const last = first + count;
  for (;;) {
    // The value; the top bits of x are the next bits of the stream, at least 13 of them.
    if (x >= 0) {
      p++;
    } else {
      if ((x & 0x40000000) !== 0) {
        lead = (x >>> 25) & 31;
        sig = (x >>> 19) & 63;
        if (sig === 0) sig = 64;
        trail = 64 - lead - sig;
        if (trail < 0) {
          out.n = n;
          throw corruptChunk(Encoding.XOR, `a value of ${lead} + ${sig} bits`, n - first, length);
        }
        p += 13;
      } else {
        p += 2;
      }
      const at = p >>> 3;
      const s = p & 7;
      const top = (view.getInt32(at) << s) | (view.getUint8(at + 4) >>> (8 - s));
      if (sig <= 32) {
        const bits = top >>> (32 - sig);
        if (trail >= 32) {
          hi ^= bits << (trail - 32);
        } else {
          lo ^= bits << trail;
          if (trail !== 0) hi ^= bits >>> (32 - trail);
        }
      } else {
        const low = (view.getInt32(at + 4) << s) | (view.getUint8(at + 8) >>> (8 - s));
        const drop = 64 - sig;
        const rest = (low >>> drop) << drop;
        hi ^= top >>> lead;
        lo ^= lead === 0 ? rest : (top << (32 - lead)) | (rest >>> lead);
      }
      p += sig;
    }
    t += delta;
    if (p > end) {
      out.n = n;
      throw corruptChunk(Encoding.XOR, 'ends', n - first, length);
    }
    T[n] = t;
    W[2 * n] = lo;
    W[2 * n + 1] = hi;
    n++;
    if (n === last) break;

    // The change of the time delta.
    x = view.getInt32(p >>> 3) << (p & 7);
    if (x >= 0) {
      p++;
      x <<= 1;
    } else {
      let dod: number;
      if ((x & 0x40000000) === 0) {
        dod = (x << 2) >>> 18;
        if (dod > 8192) dod -= 16384;
        p += 16;
      } else if ((x & 0x20000000) === 0) {
        dod = (x << 3) >>> 15;
        if (dod > 65536) dod -= 131072;
        p += 20;
      } else if ((x & 0x10000000) === 0) {
        dod = (x << 4) >>> 12;
        if (dod > 524288) dod -= 1048576;
        p += 24;
      } else {
        const at = (p + 4) >>> 3;
        const s = (p + 4) & 7;
        const top = (view.getInt32(at) << s) | (view.getUint8(at + 4) >>> (8 - s));
        const low = (view.getInt32(at + 4) << s) | (view.getUint8(at + 8) >>> (8 - s));
        dod = top * 4294967296 + (low >>> 0);
        p += 68;
        if (Math.abs(delta + dod) >= SAFE_DELTA) {
          out.n = first;
          return decodeXorExact(buf, offset, length, out);
        }
      }
      delta += dod;
      x = view.getInt32(p >>> 3) << (p & 7);
    }
  }
  out.n = n;
}
