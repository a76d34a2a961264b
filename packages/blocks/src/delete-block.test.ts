import { newUlid } from '@tsanos/bytes';
import { MemoryBucket } from '@tsanos/objstore';
import { ObservedBucket } from '@tsanos/objstore/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { deleteBlock, isDeadUpload, PARTIAL_UPLOAD_AGE_MS } from './delete-block.ts';
import { markBlock, readMarker } from './markers.ts';
import { fakeMeta, putMeta } from './testing/fake-meta.ts';

const ulid = newUlid(1000);

describe('deletion', () => {
  let bucket: ObservedBucket;
  beforeEach(async () => {
    bucket = new ObservedBucket(new MemoryBucket());
    await bucket.upload(`${ulid}/chunks/000001`, Buffer.from('c'));
    await bucket.upload(`${ulid}/index`, Buffer.from('i'));
  });

  it('goes from meta.json to the mark, and again after an interruption', async () => {
    await putMeta(bucket, fakeMeta(ulid));
    expect(await markBlock(bucket, 'deletion-mark', ulid, { details: 'd', nowMs: 5999 })).toBe(true);
    expect(await markBlock(bucket, 'deletion-mark', ulid, { nowMs: 9999 })).toBe(false);
    expect(await readMarker(bucket, 'deletion-mark', ulid)).toEqual({ id: ulid, details: 'd', time: 5, reason: '' });
    let left = 2;
    bucket.before = (operation) => {
      if (operation === 'delete' && left-- === 0) throw new Error('dead');
    };
    await expect(deleteBlock(bucket, ulid)).rejects.toThrow('dead');
    bucket.before = undefined;
    await deleteBlock(bucket, ulid);
    expect(bucket.log.filter((line) => line.startsWith('delete')).map((line) => line.slice(34))).toEqual([
      'meta.json',
      'chunks/000001',
      'index',
      'meta.json',
      'index',
      'deletion-mark.json',
    ]);
  });

  it('of partial uploads needs age and no mark', async () => {
    const now = Date.now();
    expect(await isDeadUpload(bucket, ulid, now + PARTIAL_UPLOAD_AGE_MS - 5000)).toBe(false);
    expect(await isDeadUpload(bucket, ulid, now + PARTIAL_UPLOAD_AGE_MS + 5000)).toBe(true);
    await markBlock(bucket, 'deletion-mark', ulid, {});
    expect(await isDeadUpload(bucket, ulid, now + 2 * PARTIAL_UPLOAD_AGE_MS)).toBe(false);
  });
});
