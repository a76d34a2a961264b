import { expect, it } from 'vitest';
import { LruByteCache } from './lru-byte-cache.ts';
import { byteCacheSuite } from './testing/index.ts';

byteCacheSuite('least recently used', (maxBytes) => new LruByteCache(maxBytes));

it('drops what was not asked for the longest, and tells', () => {
  const dropped: string[] = [];
  const cache = new LruByteCache(3500, (key) => dropped.push(key));
  for (const key of ['a', 'b', 'c']) cache.put(key, new Uint8Array(1000));
  cache.get('a');
  cache.put('d', new Uint8Array(1000));
  expect(dropped).toEqual(['b']);
  expect(cache.entries).toBe(3);
});
