import { describe, expect, it } from 'vitest';
import type { ByteCache } from '../byte-cache.ts';

/** What every ByteCache must do; `make` gives an empty one with that limit. */
export function byteCacheSuite(name: string, make: (maxBytes: number) => ByteCache): void {
  const bytes = (n: number, fill = 1): Uint8Array => new Uint8Array(n).fill(fill);

  describe(`byte cache: ${name}`, () => {
    it('gives what was put, until it is deleted or replaced', () => {
      const cache = make(1 << 20);
      const value = bytes(100);
      cache.put('a', value);
      expect(cache.get('a')).toEqual(value);
      expect(cache.get('b')).toBeUndefined();
      cache.put('a', bytes(50, 2));
      expect(cache.get('a')).toEqual(bytes(50, 2));
      cache.delete('a');
      cache.delete('a');
      expect(cache.get('a')).toBeUndefined();
      expect(cache.sizeBytes).toBe(0);
    });
    it('never holds more than its limit', () => {
      const cache = make(100_000);
      expect(cache.maxBytes).toBe(100_000);
      for (let i = 0; i < 500; i++) {
        cache.put(`key-${i}`, bytes(1 + ((i * 977) % 5000)));
        expect(cache.sizeBytes).toBeLessThanOrEqual(100_000);
      }
      let held = 0;
      for (let i = 0; i < 500; i++) held += cache.get(`key-${i}`)?.length ?? 0;
      expect(held).toBeGreaterThan(50_000);
      expect(held).toBeLessThanOrEqual(cache.sizeBytes);
    });
    it('a value that cannot fit drops nothing but what it would replace', () => {
      const cache = make(10_000);
      cache.put('small', bytes(10));
      cache.put('old', bytes(10));
      cache.put('old', bytes(20_000));
      expect(cache.get('old')).toBeUndefined();
      expect(cache.get('small')).toEqual(bytes(10));
    });
    it('an empty value is a value', () => {
      const cache = make(10_000);
      cache.put('none', bytes(0));
      expect(cache.get('none')).toEqual(bytes(0));
    });
    it('with no room it keeps nothing', () => {
      const cache = make(0);
      cache.put('a', bytes(1));
      expect(cache.get('a')).toBeUndefined();
      expect(cache.sizeBytes).toBe(0);
    });
  });
}
