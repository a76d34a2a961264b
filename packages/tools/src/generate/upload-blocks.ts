import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bucket } from '@tsanos/objstore';
import { generateBlocks, type GeneratedBlock, type GenerateOptions } from './generate-blocks.ts';

/** `generateBlocks` into a bucket: each block is made in a temporary folder and uploaded, meta.json last. */
export async function generateToBucket(
  bucket: Bucket,
  options: Omit<GenerateOptions, 'folder'>,
): Promise<GeneratedBlock[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tsanos-generate-'));
  try {
    const blocks = await generateBlocks({ ...options, folder });
    for (const { meta } of blocks) await uploadBlock(bucket, folder, meta.ulid, options.signal);
    return blocks;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function uploadBlock(bucket: Bucket, folder: string, ulid: string, signal?: AbortSignal): Promise<void> {
  const chunks = readdirSync(join(folder, ulid, 'chunks')).sort();
  for (const name of [...chunks.map((chunk) => `chunks/${chunk}`), 'index', 'meta.json']) {
    await bucket.uploadFile(`${ulid}/${name}`, join(folder, ulid, name), signal);
  }
}
