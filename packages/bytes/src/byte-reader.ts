import { TsanosError } from './error.ts';

const decoder = new TextDecoder('utf-8', { fatal: false });

/** Reads bytes front to back with every bound checked; running out is a TsanosError of kind corrupt that names the offset. */
export class ByteReader {
  readonly bytes: Uint8Array;
  /** Next byte to read. */
  position: number;
  readonly end: number;
  readonly #view: DataView;
  readonly #what: string;

  /** Reads `[from, to)` of `bytes`; `what` names the thing in errors. */
  constructor(bytes: Uint8Array, what = 'bytes', from = 0, to: number = bytes.length) {
    this.bytes = bytes;
    this.position = from;
    this.end = Math.min(to, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Checks that `count` bytes are left and steps over them; returns where they begin. */
  skip(count: number): number {
    const at = this.position;
    if (count < 0 || count > this.end - at) throw this.error(`${count} bytes wanted, ${this.end - at} left`);
    this.position = at + count;
    return at;
  }

  u8(): number {
    return this.bytes[this.skip(1)];
  }

  u16be(): number {
    return this.#view.getUint16(this.skip(2));
  }

  u32be(): number {
    return this.#view.getUint32(this.skip(4));
  }

  u32le(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** A big-endian u64 as a number; larger than 2^53 is an error. */
  u64be(): number {
    const at = this.skip(8);
    const value = this.#view.getUint32(at) * 0x100000000 + this.#view.getUint32(at + 4);
    if (value > Number.MAX_SAFE_INTEGER) throw this.error(`a 64-bit number of ${value} is out of range`);
    return value;
  }

  f64be(): number {
    return this.#view.getFloat64(this.skip(8));
  }

  /** LEB128 up to 2^53. */
  uvarint(): number {
    let result = 0;
    let factor = 1;
    for (let n = 0; n < 10; n++) {
      const byte = this.u8();
      result += (byte & 0x7f) * factor;
      if (byte < 0x80) return result;
      factor *= 128;
    }
    throw this.error('a varint has more than ten bytes');
  }

  /** Zigzag LEB128. */
  varint(): number {
    const u = this.uvarint();
    return u % 2 === 0 ? u / 2 : -(u + 1) / 2;
  }

  /** A view of the next `count` bytes. */
  take(count: number): Uint8Array {
    const at = this.skip(count);
    return this.bytes.subarray(at, at + count);
  }

  string(count: number): string {
    return decoder.decode(this.take(count));
  }

  /** An error at this position. */
  error(message: string): TsanosError {
    return new TsanosError('corrupt', 'corrupt-bytes', `${this.#what}: at offset ${this.position}: ${message}`, {
      offset: this.position,
    });
  }
}
