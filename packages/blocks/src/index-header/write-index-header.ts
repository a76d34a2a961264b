import { open, mkdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TsanosError } from '@tsanos/bytes';
import type { Bucket } from '@tsanos/objstore';
import { INDEX_HEADER_BYTES, readIndexHeader, readToc, TOC_BYTES } from '@tsanos/tsdb';
import { encodeHead, encodeHeaderToc, HEADER_BYTES } from './format.ts';

/** Bytes asked for at a time, and held. */
const PART_BYTES = 16 * 1024 * 1024;

/** What building needs of a bucket. */
export type HeaderBucket = Pick<Bucket, 'attributes' | 'getRange'>;

/**
 * Builds the index-header of a block from range reads of its index, never all of it, into `path`, byte for byte as Thanos does. The file appears
 * whole or not at all; its folder is made when missing.
 */
export async function writeIndexHeader(
  bucket: HeaderBucket,
  ulid: string,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const name = `${ulid}/index`;
  const what = `block ${ulid}: index`;
  const { sizeBytes } = await bucket.attributes(name, signal);
  const version = readIndexHeader(await bucket.getRange(name, 0, INDEX_HEADER_BYTES, signal), what);
  const tocAt = Math.max(0, sizeBytes - TOC_BYTES);
  const toc = readToc(await bucket.getRange(name, tocAt, TOC_BYTES, signal), sizeBytes, what);

  const temporary = `${path}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(encodeHead(version, toc.postingsOffsetTable));
    await copyRange(bucket, name, toc.symbols, toc.series, file, signal);
    await copyRange(bucket, name, toc.postingsOffsetTable, sizeBytes, file, signal);
    await file.writeFile(encodeHeaderToc(HEADER_BYTES, HEADER_BYTES + toc.series - toc.symbols));
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await file.close();
  await rename(temporary, path);
}

async function copyRange(
  bucket: HeaderBucket,
  name: string,
  from: number,
  to: number,
  file: FileHandle,
  signal?: AbortSignal,
): Promise<void> {
  for (let at = from; at < to; at += PART_BYTES) {
    const want = Math.min(PART_BYTES, to - at);
    const bytes = await bucket.getRange(name, at, want, signal);
    if (bytes.length !== want) {
      throw new TsanosError(
        'retryable',
        'short-read',
        `build index-header: ${name}: ${bytes.length} bytes at ${at}, want ${want}; the object may be changing`,
      );
    }
    await file.writeFile(bytes);
  }
}
