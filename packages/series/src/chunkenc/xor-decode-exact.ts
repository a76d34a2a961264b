import type { SampleColumns } from '@tsanos/model';
import { Encoding } from '../series-batch.ts';
import { BitReader, EndOfChunk } from './bit-reader.ts';
import { corruptChunk } from './chunk-error.ts';
import { Clock } from './clock.ts';
import { XorValueReader } from './xor-value.ts';

/**
 * `decodeXor` for chunks whose times pass 2^51 or are decades apart: int64 arithmetic with wrap around, results rounded
 * to the nearest number. Slow and rare.
 */
export function decodeXorExact(buf: Uint8Array, offset: number, length: number, out: SampleColumns): void {
  const r = new BitReader(buf, offset, length);
  const clock = new Clock();
  const value = new XorValueReader();
  let done = 0;
  try {
    const count = r.bits(16);
    for (; done < count; done++) {
      if (done === 0) {
        r.varint();
        clock.start(r.hi, r.lo);
        value.first(r);
      } else {
        if (done === 1) r.uvarint();
        else readDod(r);
        clock.step(r.hi, r.lo);
        value.next(r);
      }
      out.reserve(1);
      out.t[out.n] = clock.value;
      out.w[2 * out.n] = value.lo;
      out.w[2 * out.n + 1] = value.hi;
      out.n++;
    }
  } catch (error) {
    if (error instanceof EndOfChunk) throw corruptChunk(Encoding.XOR, 'ends', done, length);
    throw error;
  }
}

function readDod(r: BitReader): void {
  for (const size of [0, 14, 17, 20]) {
    if (r.bit() === 1) continue;
    const raw = r.bits(size);
    const dod = size > 0 && raw > 2 ** (size - 1) ? raw - 2 ** size : raw;
    r.hi = dod < 0 ? -1 : 0;
    r.lo = dod | 0;
    return;
  }
  r.bits64();
}
