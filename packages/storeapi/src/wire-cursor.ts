import { TsanosError } from '@tsanos/bytes';

/**
 * Reads protobuf in place, for messages too frequent for objects. Every read is bounded by the `limit` the caller gives (the end
 * of the message it is in); what does not fit throws a TsanosError of kind corrupt.
 */
export class WireCursor {
  buffer: Uint8Array = new Uint8Array(0);
  at = 0;
  readonly #what: string;

  /** @param what name of the message, for errors */
  constructor(what: string) {
    this.#what = what;
  }

  /** A view of a length-delimited value. */
  bytes(limit: number): Uint8Array {
    const length = this.uvarint(limit);
    const from = this.at;
    this.at = this.end(length, limit);
    return this.buffer.subarray(from, this.at);
  }

  /** Where a value of `length` bytes ends. */
  end(length: number, limit: number): number {
    if (length > limit - this.at) throw this.broken('unexpected EOF');
    return this.at + length;
  }

  /** A varint, rounded beyond 2^53. */
  uvarint(limit: number): number {
    const buffer = this.buffer;
    let at = this.at;
    if (at >= limit) throw this.broken('unexpected EOF');
    let byte = buffer[at++];
    let result = byte & 127;
    for (let factor = 128; byte > 127; factor *= 128) {
      if (at >= limit) throw this.broken('unexpected EOF');
      if (factor > 2 ** 63) throw this.broken('integer overflow');
      byte = buffer[at++];
      result += (byte & 127) * factor;
    }
    this.at = at;
    return result;
  }

  /** An int64; the extremes are ±2^63. */
  int64(limit: number): number {
    const start = this.at;
    const value = this.uvarint(limit);
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    // Beyond 2^53 the sum was rounded: read the words, so that the extremes are the extremes.
    let lo = 0;
    let hi = 0;
    for (let at = start, n = 0; at < this.at && n < 10; at++, n++) {
      const bits = this.buffer[at] & 127;
      if (n < 4) lo |= bits << (7 * n);
      else if (n === 4) {
        lo |= bits << 28;
        hi = bits >>> 4;
      } else hi |= bits << (7 * n - 32);
    }
    return (hi | 0) * 0x100000000 + (lo >>> 0);
  }

  /** Steps over the value of a tag. */
  skip(tag: number, limit: number): void {
    if (tag < 8) throw this.broken(`illegal tag ${tag}`);
    switch (tag % 8) {
      case 0:
        this.uvarint(limit);
        return;
      case 1:
        this.at = this.end(8, limit);
        return;
      case 2:
        this.at = this.end(this.uvarint(limit), limit);
        return;
      case 5:
        this.at = this.end(4, limit);
        return;
      default:
        throw this.broken(`illegal wire type ${tag % 8}`);
    }
  }

  /** An error at this position. */
  broken(what: string): TsanosError {
    return new TsanosError(
      'corrupt',
      'bad-message',
      `grpc: failed to unmarshal the received message: ${this.#what} at offset ${this.at}: ${what}`,
      { offset: this.at },
    );
  }
}
