import { BitWriter } from './bit-writer.ts';
import { DeltaWriter } from './delta-writer.ts';
import { XorValueWriter } from './xor-value.ts';
import type { Times } from './xor2-encode.ts';

/** `encodeXor` for times beyond 2^52, given as BigInts. Slow; for transcoding what no clock shows. */
export function encodeXorExact(t: Times, w: Int32Array, from: number, to: number): Uint8Array<ArrayBuffer> {
  const out = new BitWriter();
  out.bits(to - from, 16);
  const time = new DeltaWriter();
  const value = new XorValueWriter();
  for (let i = from; i < to; i++) {
    if (i === from) {
      time.start(t[i]);
      out.varint(time.hi, time.lo);
      value.first(out, w[2 * i + 1], w[2 * i]);
      continue;
    }
    if (i === from + 1) {
      time.delta(t[i]);
      out.uvarint(time.hi, time.lo);
    } else {
      time.dod(t[i]);
      writeDod(out, time.hi, time.lo);
    }
    value.next(out, w[2 * i + 1], w[2 * i]);
  }
  return out.finish();
}

function writeDod(out: BitWriter, hi: number, lo: number): void {
  const dod = hi * 4294967296 + (lo >>> 0);
  if (dod === 0) {
    out.bit(0);
    return;
  }
  let prefix = 2;
  for (const [ones, size] of [
    [2, 14],
    [3, 17],
    [4, 20],
  ]) {
    if (dod > -(2 ** (size - 1)) && dod <= 2 ** (size - 1)) {
      out.bits(prefix, ones);
      out.bits(lo & (2 ** size - 1), size);
      return;
    }
    prefix = 2 * prefix + 2;
  }
  out.bits(15, 4);
  out.bits64(hi, lo);
}
