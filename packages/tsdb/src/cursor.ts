import { TsanosError } from '@tsanos/bytes';

/** What kinds of error a file format has: all the same to a caller, who cannot mend the file. */
export function corrupt(what: string, message: string, fields: Record<string, string | number> = {}): TsanosError {
  return new TsanosError('corrupt', 'corrupt-block', `${what}: ${message}`, fields);
}

/**
 * Reads varints and lengths from a range of bytes at full speed; every read is checked against the end. For the loops over
 * series entries and offset tables, where `ByteReader`'s calls would show.
 */
export class Cursor {
  bytes: Uint8Array;
  position = 0;
  end = 0;
  readonly #what: string;

  constructor(what: string, bytes: Uint8Array = new Uint8Array(0), from = 0, to: number = bytes.length) {
    this.#what = what;
    this.bytes = bytes;
    this.position = from;
    this.end = to;
  }

  /** Points it at other bytes; `to` must not be larger than `bytes.length`. */
  reset(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.position = from;
    this.end = to;
  }

  /** LEB128; numbers above 2^53 lose their low bits. */
  uvarint(): number {
    const bytes = this.bytes;
    let at = this.position;
    const end = this.end;
    if (at >= end) throw this.error('cut inside a number');
    let byte = bytes[at++];
    if (byte < 0x80) {
      this.position = at;
      return byte;
    }
    let result = byte & 0x7f;
    let factor = 128;
    for (let n = 1; n < 10; n++) {
      if (at >= end) throw this.error('cut inside a number');
      byte = bytes[at++];
      result += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.position = at;
        return result;
      }
      factor *= 128;
    }
    throw this.error('a number has more than ten bytes');
  }

  /** Zigzag LEB128; the ends of int64 come out as ±2^63. */
  varint(): number {
    if (this.position >= this.end) throw this.error('cut inside a number');
    // The sign is in the lowest bit, which a number above 2^53 would lose.
    const negative = (this.bytes[this.position] & 1) === 1;
    const u = this.uvarint();
    return negative ? -(u + 1) / 2 : u / 2;
  }

  /** Steps over `count` bytes and returns where they begin. */
  skip(count: number): number {
    const at = this.position;
    if (count > this.end - at) throw this.error(`${count} bytes wanted, ${this.end - at} left`);
    this.position = at + count;
    return at;
  }

  error(message: string): TsanosError {
    return corrupt(this.#what, `at byte ${this.position}: ${message}`, { offset: this.position });
  }
}
