import { TsanosError } from '@tsanos/bytes';

/**
 * Makes the deltas and deltas of deltas of one int64 column for writing, exactly and with Go's wrap around. Results are left
 * in `hi` and `lo` as int32 words. Takes numbers, which must be safe integers, or BigInts.
 */
export class DeltaWriter {
  hi = 0;
  lo = 0;
  #last: number | bigint = 0;
  #before: number | bigint = 0;

  /** The first value itself. */
  start(value: number | bigint): void {
    this.#last = value;
    this.#before = value;
    this.#split(value);
  }

  /** The delta of the second value. */
  delta(value: number | bigint): void {
    const last = this.#last;
    this.#before = last;
    this.#last = value;
    if (typeof value === 'number' && typeof last === 'number')
      this.#split(exact(value - last) ?? BigInt(value) - BigInt(last));
    else this.#split(BigInt(value) - BigInt(last));
  }

  /** The change of the delta; that of the second value is its delta. */
  dod(value: number | bigint): void {
    const last = this.#last;
    const before = this.#before;
    this.#before = last;
    this.#last = value;
    if (typeof value === 'number' && typeof last === 'number' && typeof before === 'number') {
      const a = exact(value - last);
      const b = exact(last - before);
      const dod = a === undefined || b === undefined ? undefined : exact(a - b);
      if (dod !== undefined) {
        this.#split(dod);
        return;
      }
    }
    this.#split(BigInt(value) - BigInt(last) - (BigInt(last) - BigInt(before)));
  }

  #split(value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.hi = Number(BigInt.asIntN(32, value >> 32n));
      this.lo = Number(BigInt.asIntN(32, value));
      return;
    }
    if (!Number.isSafeInteger(value)) {
      throw new TsanosError(
        'bad-input',
        'integer-out-of-range',
        `encode chunk: ${value} is not an integer below 2^53; drop the sample`,
      );
    }
    this.hi = Math.floor(value / 4294967296) | 0;
    this.lo = (value % 4294967296) | 0;
  }
}

function exact(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined;
}
