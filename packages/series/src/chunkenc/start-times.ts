import type { BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import { Clock } from './clock.ts';
import { DeltaWriter } from './delta-writer.ts';
import { readVarbitInt, writeVarbitInt } from './varbit.ts';

/** The sample index at which a writer must begin to write start timestamps, whether they change or not. */
const FORCED = 127;

/**
 * Reads the start timestamps of XOR2 and ST histogram chunks. The header byte says whether sample 0 has one (bit 7) and from
 * which sample on each has a field (low 7 bits, 0 = never).
 */
export class StartTimeReader {
  /** The current start timestamp in ms, 0 = unknown. */
  value = 0;
  readonly #known: boolean;
  readonly #from: number;
  readonly #distance = new Clock();

  constructor(header: number) {
    this.#known = header >= 128;
    this.#from = header & 127;
  }

  /** Reads the field of sample `i`; `now` is its time, `before` that of the sample before it (for 0: its own). */
  read(r: BitReader, i: number, now: Clock, before: number | bigint): void {
    if (i === 0) {
      if (!this.#known) return;
      r.varint();
      this.#distance.start(r.hi, r.lo);
      this.#set(now.big());
      return;
    }
    if (this.#from === 0 || i < this.#from) return;
    readVarbitInt(r);
    if (i === this.#from) this.#distance.start(r.hi, r.lo);
    else this.#distance.jump(r.hi, r.lo);
    this.#set(before);
  }

  #set(time: number | bigint): void {
    const { value } = this.#distance;
    if (typeof time === 'number' && Number.isSafeInteger(value) && Number.isSafeInteger(time - value))
      this.value = time - value;
    else this.value = Number(BigInt.asIntN(64, BigInt(time) - this.#distance.big()));
  }
}

/** Writes them; knows when the first one changes. */
export class StartTimeWriter {
  #first: number | bigint = 0;
  #from = 0;
  readonly #distance = new DeltaWriter();
  #before: number | bigint = 0;

  /** The header byte as it is after the samples so far. */
  get header(): number {
    return (BigInt(this.#first) !== 0n ? 128 : 0) | this.#from;
  }

  /** Writes the field of sample `i` with time `t` and start timestamp `st`, 0 = unknown. */
  write(w: BitWriter, i: number, t: number | bigint, st: number | bigint): void {
    const before = this.#before;
    this.#before = t;
    const d = this.#distance;
    if (i === 0) {
      this.#first = st;
      // An absent one reads as 0, and so needs no field.
      if (BigInt(st) === 0n) return;
      d.start(difference(t, st));
      w.varint(d.hi, d.lo);
      return;
    }
    if (this.#from === 0) {
      if (BigInt(st) === BigInt(this.#first) && i < FORCED) return;
      this.#from = i;
      d.start(difference(before, st));
    } else {
      d.delta(difference(before, st));
    }
    writeVarbitInt(w, d.hi, d.lo);
  }
}

function difference(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a - b)) return a - b;
  return BigInt.asIntN(64, BigInt(a) - BigInt(b));
}
