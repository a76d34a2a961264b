import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bucket } from '../bucket.ts';
import { isNotFound } from '../objstore-error.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array): string => new TextDecoder().decode(body);

async function names(bucket: Bucket, folder: string, recursive = false): Promise<string[]> {
  const out: string[] = [];
  for await (const entry of bucket.list(folder, { recursive })) out.push(entry.name);
  return out;
}

/** What every bucket and decorator must do. `open` gives an empty one. */
export function bucketSuite(what: string, open: () => Promise<Bucket>): void {
  describe(`bucket: ${what}`, () => {
    let bucket: Bucket;
    let dir: string;
    beforeAll(async () => {
      bucket = await open();
      dir = await mkdtemp(join(tmpdir(), 'bucket-suite-'));
    });
    afterAll(async () => {
      await bucket.close();
      await rm(dir, { recursive: true, force: true });
    });

    it('has nothing at first', async () => {
      expect(await names(bucket, '')).toEqual([]);
      expect(await names(bucket, 'no/such/folder')).toEqual([]);
      expect(await bucket.exists('a')).toBe(false);
      for (const call of [() => bucket.get('a'), () => bucket.getRange('a', 0, 1), () => bucket.attributes('a')]) {
        await expect(call()).rejects.toSatisfy(isNotFound);
      }
    });

    it('gives back what was put, whole and in ranges', async () => {
      await bucket.upload('d/one', bytes('hello world'));
      expect(text(await bucket.get('d/one'))).toBe('hello world');
      expect(text(await bucket.getRange('d/one', 6, 5))).toBe('world');
      expect(text(await bucket.getRange('d/one', 6, 500))).toBe('world');
      expect((await bucket.getRange('d/one', 11, 5)).length).toBe(0);
      expect((await bucket.getRange('d/one', 100, 5)).length).toBe(0);
      expect((await bucket.getRange('d/one', 3, 0)).length).toBe(0);
      expect(await bucket.exists('d/one')).toBe(true);
      const { sizeBytes, lastModifiedMs } = await bucket.attributes('d/one');
      expect(sizeBytes).toBe(11);
      expect(Math.abs(lastModifiedMs - Date.now())).toBeLessThan(60_000);
      await bucket.upload('d/one', bytes(''));
      expect((await bucket.get('d/one')).length).toBe(0);
    });

    it('takes any characters in names', async () => {
      for (const name of ['names/a b+c&d=e', "names/(1)*!'", 'names/é𝒳%2F', 'names/?#:@$,;', 'names/<x>"']) {
        await bucket.upload(name, bytes(name));
        expect(text(await bucket.get(name))).toBe(name);
        expect(text(await bucket.getRange(name, 0, 5))).toBe('names');
        expect(await bucket.exists(name)).toBe(true);
      }
      expect((await names(bucket, 'names')).length).toBe(5);
      for (const name of await names(bucket, 'names')) await bucket.delete(name);
      expect(await names(bucket, 'names')).toEqual([]);
    });

    it('takes files of any size', async () => {
      const body = Buffer.alloc(300_000, 'abcdefg');
      const path = join(dir, 'file');
      await writeFile(path, body);
      await bucket.uploadFile('d/file', path);
      expect(Buffer.compare(Buffer.from(await bucket.get('d/file')), body)).toBe(0);
    });

    it('lists in byte order, by folder and recursively', async () => {
      for (const name of ['z', 'd/sub/x', 'd/sub/y', 'B', 'a-b', 'a/b', 'é', 'd/𝒳', 'd/豈'])
        await bucket.upload(name, bytes(name));
      expect(await names(bucket, '')).toEqual(['B', 'a-b', 'a/', 'd/', 'z', 'é']);
      expect(await names(bucket, 'd')).toEqual(['d/file', 'd/one', 'd/sub/', 'd/豈', 'd/𝒳']);
      expect(await names(bucket, 'd/')).toEqual(['d/file', 'd/one', 'd/sub/', 'd/豈', 'd/𝒳']);
      expect(await names(bucket, 'd/s')).toEqual([]);
      expect(await names(bucket, 'd', true)).toEqual(['d/file', 'd/one', 'd/sub/x', 'd/sub/y', 'd/豈', 'd/𝒳']);
    });

    it('creates only what is absent', async () => {
      expect(await bucket.uploadIfAbsent('lease', bytes('1'))).toBe(true);
      expect(await bucket.uploadIfAbsent('lease', bytes('2'))).toBe(false);
      expect(text(await bucket.get('lease'))).toBe('1');
    });

    it('deletes; an emptied folder is gone', async () => {
      await bucket.delete('d/sub/x');
      await bucket.delete('d/sub/y');
      expect(await names(bucket, 'd')).toEqual(['d/file', 'd/one', 'd/豈', 'd/𝒳']);
      expect(await bucket.exists('d/sub/x')).toBe(false);
      await bucket.delete('d/sub/x').catch((error: unknown) => expect(error).toSatisfy(isNotFound));
    });

    it('refuses names that lead elsewhere', async () => {
      for (const name of ['../x', 'a/../../x', '', '/x', 'a//b', './a']) {
        await expect(
          Promise.resolve().then(() => bucket.upload(name, bytes('x'))),
          name,
        ).rejects.toThrow(/not the name/);
      }
    });
  });
}
