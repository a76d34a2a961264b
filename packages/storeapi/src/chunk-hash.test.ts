import { xxhash64 } from '@tsanos/bytes';
import { expect, test } from 'vitest';
import { chunkHash } from './chunk-hash.ts';

test('the hash of chunks is xxhash64, of any length', () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 131 + (i >> 7)) & 255);
  const got = new Uint32Array(2);
  const want = new Uint32Array(2);
  const lengths = [...Array.from({ length: 300 }, (_, i) => i), 4096, 262_079, 262_080, 262_081, 290_000];
  for (const length of lengths) {
    chunkHash(bytes, 5, length, got);
    xxhash64(bytes, 5, 5 + length, want);
    expect([...got], `length ${length}`).toEqual([...want]);
  }
  // A known digest: xxhash64 of nothing.
  chunkHash(bytes, 0, 0, got);
  expect([got[0], got[1]]).toEqual([0xef46db37, 0x51d8e999]);
});
