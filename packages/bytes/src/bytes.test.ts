import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ByteReader,
  ByteWriter,
  crc32c,
  INT64_MAX,
  INT64_MIN,
  isUlid,
  newUlid,
  ProtoReader,
  ProtoWriter,
  snappyCompress,
  snappyStreamCompress,
  snappyStreamUncompress,
  snappyUncompress,
  ulidTimeMs,
  xxhash64,
} from './index.ts';
import { hashInPairs } from './xxhash64.ts';

const text = (s: string): Uint8Array => new TextEncoder().encode(s);

describe('varints', () => {
  it('round trip', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (u, s) => {
        const bytes = new ByteWriter(1).uvarint(u).varint(s).finish();
        const reader = new ByteReader(bytes);
        expect([reader.uvarint(), reader.varint(), reader.remaining]).toEqual([u, s, 0]);
      }),
    );
  });
  it('int64: negative numbers and sentinels', () => {
    for (const n of [0, 1, -1, -5000, 2 ** 52, -(2 ** 52), INT64_MIN, INT64_MAX]) {
      const reader = new ProtoReader(new ProtoWriter().int64(n).finish());
      expect(reader.int64()).toBe(n);
    }
    expect([...new ProtoWriter().int64(INT64_MIN).finish()]).toEqual([
      0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01,
    ]);
    expect([...new ProtoWriter().int64(INT64_MAX).finish()]).toEqual([
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ]);
    expect([...new ProtoWriter().int64(-1).finish()]).toEqual([
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
    ]);
  });
  it('say where they end too early', () => {
    expect(() => new ByteReader(Uint8Array.of(0x80), 'thing').uvarint()).toThrow(/thing: at offset 1/);
  });
});

describe('checksums', () => {
  it('crc32c has the known check value and chains', () => {
    const bytes = text('123456789');
    expect(crc32c(bytes)).toBe(0xe3069283);
    expect(crc32c(bytes, 4, 9, crc32c(bytes, 0, 4))).toBe(0xe3069283);
  });
  it('crc32c is the same bit by bit, wherever the bytes lie', () => {
    const bitwise = (bytes: Uint8Array): number => {
      let c = -1;
      for (const byte of bytes) {
        c ^= byte;
        for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
      }
      return ~c >>> 0;
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), fc.nat(20), (all, skip, from) => {
        const part = all.subarray(Math.min(skip, all.length));
        expect(crc32c(part, Math.min(from, part.length))).toBe(bitwise(part.subarray(Math.min(from, part.length))));
      }),
    );
  });
  it('xxhash64 of known inputs', () => {
    const hex = (s: string): string => {
      const out = new Uint32Array(2);
      const bytes = text(s);
      xxhash64(bytes, 0, bytes.length, out);
      return out[0].toString(16).padStart(8, '0') + out[1].toString(16).padStart(8, '0');
    };
    expect(hex('')).toBe('ef46db3751d8e999');
    expect(hex('a')).toBe('d24ec4f1a98c6e5b');
    expect(hex('abc')).toBe('44bc2cf5ad770999');
    expect(hex('node-1:10901:1')).toBe(11883808938796999739n.toString(16));
    const label = 'default-tenant\u00ff';
    const parts = new Uint8Array([
      ...text('default-tenant'),
      255,
      ...text('__name__'),
      255,
      ...text('up'),
      255,
      ...text('job'),
      255,
      ...text('a'),
      255,
    ]);
    const out = new Uint32Array(2);
    xxhash64(parts, 0, parts.length, out);
    expect((BigInt(out[0]) << 32n) | BigInt(out[1])).toBe(1272757647719927712n);
    expect(label.length).toBe(15);
  });
});

describe('xxhash64', () => {
  it('both ways agree at every length', () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * 2654435761) >>> 24);
    const [a, b] = [new Uint32Array(2), new Uint32Array(2)];
    for (let n = 0; n < 5000; n += n < 600 ? 1 : 97) {
      xxhash64(bytes, 3, Math.min(5000, 3 + n), a);
      hashInPairs(bytes, 3, Math.min(5000, 3 + n), b);
      expect([...a], `${n} bytes`).toEqual([...b]);
    }
  });
});

describe('snappy', () => {
  it('block and stream round trip; damage is noticed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(900), (bytes, repeat) => {
        const data = new Uint8Array(bytes.length * (repeat + 1));
        for (let i = 0; i <= repeat; i++) data.set(bytes, i * bytes.length);
        expect(snappyUncompress(snappyCompress(data), data.length)).toEqual(data);
        const stream = snappyStreamCompress(data);
        expect(snappyStreamUncompress(stream, data.length)).toEqual(data);
        if (data.length > 0) {
          expect(() => snappyStreamUncompress(stream, data.length - 1)).toThrow(/larger/);
          stream[15] ^= 1;
          expect(() => snappyStreamUncompress(stream, data.length)).toThrow();
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('ulid', () => {
  it('carries its time', () => {
    const id = newUlid(1_700_000_000_123);
    expect(isUlid(id)).toBe(true);
    expect(ulidTimeMs(id)).toBe(1_700_000_000_123);
    expect(isUlid('../01')).toBe(false);
  });
});
