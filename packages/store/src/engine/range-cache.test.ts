import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RangeCache } from './range-cache.ts';

const object = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 255);

describe('RangeCache', () => {
  it('answers ranges inside what was put and nothing else', () => {
    const cache = new RangeCache(10_000);
    cache.put('a', 100, object.slice(100, 200));
    expect(cache.get('a', 120, 180)).toEqual(object.subarray(120, 180));
    expect(cache.get('a', 90, 110)).toBeUndefined();
    expect(cache.get('a', 150, 201)).toBeUndefined();
    expect(cache.get('b', 120, 180)).toBeUndefined();
  });

  it('drops the least recently used first and stays within its bytes', () => {
    const cache = new RangeCache(1000, 500);
    cache.put('a', 0, object.slice(0, 200));
    cache.put('b', 0, object.slice(0, 200));
    expect(cache.get('a', 0, 10)).toBeDefined();
    cache.put('c', 0, object.slice(0, 200));
    expect(cache.get('b', 0, 10)).toBeUndefined();
    expect(cache.get('a', 0, 10)).toBeDefined();
    expect(cache.sizeBytes).toBeLessThanOrEqual(1000);
    cache.put('d', 0, object.slice(0, 600));
    expect(cache.stats.overflowed).toBe(1);
  });

  it('never gives wrong bytes, whatever the order of puts and gets', () => {
    const range = fc
      .tuple(fc.nat(990), fc.nat(120))
      .map(([start, length]) => [start, Math.min(1000, start + length + 1)]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.constantFrom('x', 'y'), range), { maxLength: 60 }), (steps) => {
        const cache = new RangeCache(900, 400);
        for (const [put, name, [start, end]] of steps) {
          if (put) cache.put(name, start, object.slice(start, end));
          const got = cache.get(name, start, end);
          if (got !== undefined) expect(got).toEqual(object.subarray(start, end));
          expect(cache.sizeBytes).toBeLessThanOrEqual(900);
        }
      }),
    );
  });

  it('forgets a block', () => {
    const cache = new RangeCache(10_000);
    cache.put('01A/index', 0, object.slice(0, 50));
    cache.put('01B/index', 0, object.slice(0, 50));
    cache.drop('01A/');
    expect(cache.get('01A/index', 0, 1)).toBeUndefined();
    expect(cache.get('01B/index', 0, 1)).toBeDefined();
    expect(cache.items).toBe(1);
  });
});
