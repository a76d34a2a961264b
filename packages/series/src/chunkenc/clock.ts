/**
 * Adds up the deltas and deltas of deltas of one int64 column (times, counts, bucket slots) exactly, with Go's wrap
 * around. Numbers while all is below 2^53; BigInt from the first value on that is not, which real data never has.
 */
export class Clock {
  /** The current value, rounded beyond 2^53. */
  value = 0;
  #delta = 0;
  #exact: { value: bigint; delta: bigint } | undefined;

  /** The first value. */
  start(hi: number, lo: number): void {
    this.#delta = 0;
    this.#exact = undefined;
    this.value = hi * 4294967296 + (lo >>> 0);
    if (!Number.isSafeInteger(this.value)) this.#enter(join(hi, lo), 0n);
  }

  /** The next value by the change of its delta. */
  step(hi: number, lo: number): void {
    if (this.#exact === undefined) {
      const delta = this.#delta + (hi * 4294967296 + (lo >>> 0));
      const value = this.value + delta;
      if (Number.isSafeInteger(delta) && Number.isSafeInteger(value) && hi >= -0x200000 && hi < 0x200000) {
        this.#delta = delta;
        this.value = value;
        return;
      }
      this.#enter(BigInt(this.value), BigInt(this.#delta));
    }
    const exact = this.#exact as unknown as { value: bigint; delta: bigint };
    exact.delta = BigInt.asIntN(64, exact.delta + join(hi, lo));
    exact.value = BigInt.asIntN(64, exact.value + exact.delta);
    this.value = Number(exact.value);
  }

  /** The next value by its delta, which takes the place of the one before. */
  jump(hi: number, lo: number): void {
    this.#delta = 0;
    if (this.#exact !== undefined) this.#exact.delta = 0n;
    this.step(hi, lo);
  }

  /** The exact value. */
  big(): bigint {
    return this.#exact === undefined ? BigInt(this.value) : this.#exact.value;
  }

  #enter(value: bigint, delta: bigint): void {
    this.#exact = { value, delta };
  }
}

function join(hi: number, lo: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}
