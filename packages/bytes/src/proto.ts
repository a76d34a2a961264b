import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { TsanosError } from './error.ts';

/** Wire types of protobuf. */
export const Wire = { VARINT: 0, FIXED64: 1, BYTES: 2, FIXED32: 5 } as const;

/** int64 sentinels that lie beyond 2^53: numbers that stand for them. */
export const INT64_MIN = -(2 ** 63);
export const INT64_MAX = 2 ** 63;

/** Reads protobuf fields of `[from, to)`. */
export class ProtoReader extends ByteReader {
  /** Field number of the last tag. */
  field = 0;
  wire = 0;

  /** Reads a tag; false at the end. */
  next(): boolean {
    if (this.position >= this.end) return false;
    const tag = this.uvarint();
    this.field = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (this.field === 0) throw this.error('field number 0');
    return true;
  }

  /** Steps over the value of the last tag. */
  skipValue(): void {
    switch (this.wire) {
      case Wire.VARINT:
        this.int64();
        return;
      case Wire.FIXED64:
        this.skip(8);
        return;
      case Wire.BYTES:
        this.skip(this.uvarint());
        return;
      case Wire.FIXED32:
        this.skip(4);
        return;
      default:
        throw this.error(`wire type ${this.wire}`);
    }
  }

  /** Checks the wire type of the last tag. */
  expect(wire: number): void {
    if (this.wire !== wire) throw this.error(`field ${this.field} has wire type ${this.wire}, expected ${wire}`);
  }

  /** An int64 or uint64 varint read as signed; beyond 2^53 it is rounded, and the extremes become `INT64_MIN`/`INT64_MAX`. */
  int64(): number {
    let lo = 0;
    let hi = 0;
    for (let n = 0; n < 10; n++) {
      const byte = this.u8();
      const bits = byte & 0x7f;
      if (n < 4) lo |= bits << (7 * n);
      else if (n === 4) {
        lo |= bits << 28;
        hi = bits >>> 4;
      } else hi |= bits << (7 * n - 32);
      if (byte < 0x80) return (hi | 0) * 0x100000000 + (lo >>> 0);
    }
    throw this.error('a varint has more than ten bytes');
  }

  /** The same as unsigned. */
  uint64(): number {
    const n = this.int64();
    return n < 0 ? n + 2 ** 64 : n;
  }

  bool(): boolean {
    return this.int64() !== 0;
  }

  /** Zigzag. */
  sint64(): number {
    return this.varint();
  }

  double(): number {
    const at = this.skip(8);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength).getFloat64(at, true);
  }

  /** A length-delimited value: steps over it and returns its begin; `position` is its end. */
  range(): number {
    return this.skip(this.uvarint());
  }

  /** A view of a length-delimited value. */
  data(): Uint8Array {
    return this.take(this.uvarint());
  }

  text(): string {
    return this.string(this.uvarint());
  }
}

/** Writes protobuf fields; values at their default are left out by the `…Field` methods, as proto3 does. */
export class ProtoWriter extends ByteWriter {
  tag(field: number, wire: number): this {
    return this.uvarint(field * 8 + wire);
  }

  /** An int64 varint; `INT64_MIN` and `INT64_MAX` (and beyond) saturate to the extremes. */
  int64(n: number): this {
    if (n >= 0 && n <= Number.MAX_SAFE_INTEGER) return this.uvarint(n);
    if (Number.isNaN(n)) throw new TsanosError('internal', 'nan-int64', 'NaN cannot be written as an int64');
    let hi: number;
    let lo: number;
    if (n >= INT64_MAX) {
      hi = 0x7fffffff;
      lo = 0xffffffff;
    } else if (n <= INT64_MIN) {
      hi = 0x80000000;
      lo = 0;
    } else {
      hi = Math.floor(n / 0x100000000);
      lo = n - hi * 0x100000000;
      hi >>>= 0;
    }
    for (let i = 0; i < 9 && (hi !== 0 || lo > 0x7f); i++) {
      this.u8((lo & 0x7f) | 0x80);
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    return this.u8(lo);
  }

  int64Field(field: number, n: number): this {
    return n === 0 ? this : this.tag(field, Wire.VARINT).int64(n);
  }

  boolField(field: number, value: boolean): this {
    return value ? this.tag(field, Wire.VARINT).u8(1) : this;
  }

  stringField(field: number, text: string): this {
    if (text === '') return this;
    return this.message(field, encoder.encode(text));
  }

  bytesField(field: number, bytes: Uint8Array): this {
    return bytes.length === 0 ? this : this.message(field, bytes);
  }

  /** A length-delimited value, written also when it is empty. */
  message(field: number, bytes: Uint8Array): this {
    return this.tag(field, Wire.BYTES).uvarint(bytes.length).bytes(bytes);
  }

  double(n: number): this {
    const at = new DataView(new ArrayBuffer(8));
    at.setFloat64(0, n, true);
    return this.bytes(new Uint8Array(at.buffer));
  }
}

const encoder = new TextEncoder();
