import { isStaleAt } from '@tsanos/model';
import { BitWriter } from './bit-writer.ts';
import { DeltaWriter } from './delta-writer.ts';
import { StartTimeWriter } from './start-times.ts';
import { XorValueWriter } from './xor-value.ts';

/** Times or start timestamps: numbers in ms, or BigInts where they pass 2^53. */
export type Times = ArrayLike<number> | ArrayLike<bigint>;

/**
 * Encodes samples `from` to `to` (exclusive) as one XOR2 chunk (Prometheus' encoding 4), byte for byte as Prometheus does.
 * `w` holds the int32 words of the values, `st` the start timestamps (0 = unknown), if there are any. Fresh array.
 */
export function encodeXor2(
  t: Times,
  w: Int32Array,
  st: Times | undefined,
  from: number,
  to: number,
): Uint8Array<ArrayBuffer> {
  const out = new BitWriter();
  const count = to - from;
  out.bits(count, 16);
  out.bits(0, 8);
  const time = new DeltaWriter();
  const value = new XorValueWriter();
  const start = new StartTimeWriter();
  for (let i = from; i < to; i++) {
    const hi = w[2 * i + 1];
    const lo = w[2 * i];
    const stale = isStaleAt(w, i);
    if (i === from) {
      time.start(t[i]);
      out.varint(time.hi, time.lo);
      value.first(out, hi, lo);
      if (stale) value.base(0, 0);
    } else if (i === from + 1) {
      time.delta(t[i]);
      out.uvarint(time.hi, time.lo);
      writeValue(out, value, hi, lo, stale);
    } else {
      time.dod(t[i]);
      writeJoint(out, time, value, hi, lo, stale);
    }
    start.write(out, i - from, t[i], st === undefined ? 0 : st[i]);
  }
  out.patch(2, start.header);
  return out.finish();
}

function writeJoint(
  out: BitWriter,
  time: DeltaWriter,
  value: XorValueWriter,
  hi: number,
  lo: number,
  stale: boolean,
): void {
  const dod = time.hi * 4294967296 + (time.lo >>> 0);
  if (dod === 0) {
    if (stale) out.bits(31, 5);
    else if (value.same(hi, lo)) out.bit(0);
    else if (value.fits(hi, lo)) {
      out.bits(4, 3);
      value.again(out, hi, lo);
    } else {
      out.bits(5, 3);
      value.renew(out, hi, lo);
    }
    return;
  }
  if (dod >= -4096 && dod <= 4095) {
    out.bits(6, 3);
    out.bits(time.lo & 0x1fff, 13);
  } else if (dod >= -524288 && dod <= 524287) {
    out.bits(14, 4);
    out.bits(time.lo & 0xfffff, 20);
  } else {
    out.bits(30, 5);
    out.bits64(time.hi, time.lo);
  }
  writeValue(out, value, hi, lo, stale);
}

function writeValue(out: BitWriter, value: XorValueWriter, hi: number, lo: number, stale: boolean): void {
  if (stale) {
    out.bits(7, 3);
  } else if (value.same(hi, lo)) {
    out.bit(0);
  } else if (value.fits(hi, lo)) {
    out.bits(2, 2);
    value.again(out, hi, lo);
  } else {
    out.bits(6, 3);
    value.renew(out, hi, lo);
  }
}
