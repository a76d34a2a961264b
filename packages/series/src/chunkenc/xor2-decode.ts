import { STALE_HI, STALE_LO, type SampleColumns } from '@tsanos/model';
import { Encoding } from '../series-batch.ts';
import { BitReader, EndOfChunk } from './bit-reader.ts';
import { corruptChunk } from './chunk-error.ts';
import { Clock } from './clock.ts';
import { setStartTime } from './set-start-time.ts';
import { StartTimeReader } from './start-times.ts';
import { XorValueReader } from './xor-value.ts';

/**
 * Appends the samples of an XOR2 chunk (Prometheus' encoding 4) to `out`, start timestamps included. Values are coded
 * against the last one that was not stale. Throws (kind corrupt) after the good samples.
 */
export function decodeXor2(buf: Uint8Array, offset: number, length: number, out: SampleColumns): void {
  const r = new BitReader(buf, offset, length);
  const clock = new Clock();
  const value = new XorValueReader();
  let done = 0;
  try {
    const count = r.bits(16);
    if (count === 0) return;
    const start = new StartTimeReader(r.bits(8));
    for (; done < count; done++) {
      let stale = false;
      let before: number | bigint = 0;
      if (done === 0) {
        r.varint();
        clock.start(r.hi, r.lo);
        value.first(r);
        if (value.hi === STALE_HI && value.lo === STALE_LO) {
          stale = true;
          value.hi = 0;
          value.lo = 0;
        }
      } else {
        before = Number.isSafeInteger(clock.value) ? clock.value : clock.big();
        if (done === 1) {
          r.uvarint();
          clock.step(r.hi, r.lo);
          stale = readValue(r, value);
        } else {
          stale = readJoint(r, clock, value);
        }
      }
      start.read(r, done, clock, before);
      out.reserve(1);
      const n = out.n++;
      out.t[n] = clock.value;
      out.w[2 * n] = stale ? STALE_LO : value.lo;
      out.w[2 * n + 1] = stale ? STALE_HI : value.hi;
      setStartTime(out, n, start.value);
    }
  } catch (error) {
    if (error instanceof EndOfChunk) throw corruptChunk(Encoding.XOR2, 'ends', done, length);
    throw error;
  }
}

/** Time and value of sample 2 and later; returns whether it is stale. */
function readJoint(r: BitReader, clock: Clock, value: XorValueReader): boolean {
  let ones = 0;
  while (ones < 5 && r.bit() === 1) ones++;
  if (ones === 0 || ones === 1 || ones === 5) {
    clock.step(0, 0);
    if (ones === 1) {
      if (r.bit() === 1) value.window(r);
      value.bits(r);
    }
    return ones === 5;
  }
  if (ones === 4) {
    r.bits64();
  } else {
    const size = ones === 2 ? 13 : 20;
    const raw = r.bits(size);
    const dod = raw >= 2 ** (size - 1) ? raw - 2 ** size : raw;
    r.hi = dod < 0 ? -1 : 0;
    r.lo = dod | 0;
  }
  clock.step(r.hi, r.lo);
  return readValue(r, value);
}

function readValue(r: BitReader, value: XorValueReader): boolean {
  if (r.bit() === 0) return false;
  if (r.bit() === 0) {
    value.bits(r);
    return false;
  }
  if (r.bit() === 1) return true;
  value.window(r);
  value.bits(r);
  return false;
}
