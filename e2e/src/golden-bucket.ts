import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goldenPath } from '@tsanos/model/testing';

/** A folder that is a bucket of the recorded blocks under `promql/data`, each with the external labels it is given. */
export async function goldenBucket(
  blocks: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<string> {
  const bucket = await mkdtemp(join(tmpdir(), 'tsanos-bucket-'));
  for (const [name, labels] of Object.entries(blocks)) {
    const data = goldenPath('promql', 'data', name);
    for (const ulid of await readdir(data)) await copyBlock(join(data, ulid), join(bucket, ulid), labels);
  }
  return bucket;
}

/** The golden data may be read-only; the copy is not. */
async function copyBlock(from: string, to: string, labels: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(to, 'chunks'), { recursive: true });
  await writeFile(join(to, 'index'), await readFile(join(from, 'index')));
  for (const segment of await readdir(join(from, 'chunks')))
    await cp(join(from, 'chunks', segment), join(to, 'chunks', segment));
  const meta = JSON.parse(await readFile(join(from, 'meta.json'), 'utf8')) as object;
  const thanos = { version: 1, labels, downsample: { resolution: 0 }, source: 'sidecar' };
  await writeFile(join(to, 'meta.json'), JSON.stringify({ ...meta, thanos }));
}

/** `--objstore.config` of a folder. */
export function folderConfig(folder: string): string {
  return `--objstore.config=${JSON.stringify({ type: 'FILESYSTEM', config: { directory: folder } })}`;
}
