/** A growing list of unsigned 32-bit numbers. */
export class GrowingU32 {
  values: Uint32Array;
  length = 0;

  constructor(capacity = 64) {
    this.values = new Uint32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  /** What was pushed, as a view that the next push may leave behind. */
  view(): Uint32Array {
    return this.values.subarray(0, this.length);
  }

  /** A copy that threads can share. */
  shared(): Uint32Array {
    const copy = new Uint32Array(new SharedArrayBuffer(4 * this.length));
    copy.set(this.view());
    return copy;
  }
}

/** A growing list of doubles. */
export class GrowingF64 {
  values: Float64Array;
  length = 0;

  constructor(capacity = 64) {
    this.values = new Float64Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  view(): Float64Array {
    return this.values.subarray(0, this.length);
  }
}

/** A growing arena of bytes. */
export class GrowingBytes {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes at `length`, which the caller moves on by what it wrote. */
  reserve(count: number): void {
    const end = this.length + count;
    if (end <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(end, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /** Copies `[from, to)` of `source` to the end. Meant for short runs: a loop beats the call into `set`. */
  append(source: Uint8Array, from = 0, to: number = source.length): void {
    const count = to - from;
    const end = this.length + count;
    this.reserve(count);
    const bytes = this.bytes;
    let at = this.length;
    if (count > 64) bytes.set(source.subarray(from, to), at);
    else for (let i = from; i < to; i++) bytes[at++] = source[i];
    this.length = end;
  }

  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** A copy that threads can share. */
  shared(): Uint8Array {
    const copy = new Uint8Array(new SharedArrayBuffer(this.length));
    copy.set(this.view());
    return copy;
  }
}
