import { join } from 'node:path';
import { TsanosError } from '@tsanos/bytes';
import type { Bucket } from '@tsanos/objstore';
import { forEachLimit } from '../map-limit.ts';
import { timeText } from '../meta/go-values.ts';
import { CHUNKS_DIR, encodeMeta, INDEX_FILE, META_FILE, type Meta, type MetaFile } from '../meta/meta.ts';
import type { ShipperFiles } from './shipper-files.ts';

export type HashFunc = '' | 'SHA256';

export interface UploadBlockOptions {
  readonly bucket: Bucket;
  readonly files: ShipperFiles;
  readonly hashFunc: HashFunc;
  /** Files under way at once; 0 = all. */
  readonly concurrency: number;
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Uploads the block in `dir`: segments, index, then meta.json, with which it becomes visible. `files` and `upload_time` of the meta.json are
 * filled in here. A failure leaves a partial block, which the next upload completes.
 */
export async function uploadBlock(dir: string, meta: Meta, options: UploadBlockOptions): Promise<Meta> {
  const { bucket, files, signal } = options;
  if (meta.thanos.labels.size === 0)
    throw new TsanosError(
      'bad-input',
      'no-external-labels',
      'empty external labels are not allowed for Thanos block.',
      { block: meta.ulid },
    );
  const names = [...(await files.list(join(dir, CHUNKS_DIR))).map((name) => `${CHUNKS_DIR}/${name}`), INDEX_FILE];
  const described: MetaFile[] = [];
  for (const name of names) described.push(await describe(files, dir, name, options.hashFunc));
  described.push({ rel_path: META_FILE, size_bytes: 0, hash: { hashFunc: '', value: '' } });
  const segments = names.slice(0, -1);
  const limit = options.concurrency === 0 ? segments.length : options.concurrency;
  await forEachLimit(segments, limit, (name) => bucket.uploadFile(`${meta.ulid}/${name}`, join(dir, name), signal));
  await bucket.uploadFile(`${meta.ulid}/${INDEX_FILE}`, join(dir, INDEX_FILE), signal);
  const final: Meta = { ...meta, thanos: { ...meta.thanos, files: described, upload_time: timeText(options.now()) } };
  await bucket.upload(`${meta.ulid}/${META_FILE}`, encodeMeta(final), signal);
  return final;
}

async function describe(files: ShipperFiles, dir: string, name: string, hashFunc: HashFunc): Promise<MetaFile> {
  const path = join(dir, name);
  const hash = hashFunc === '' ? { hashFunc: '', value: '' } : { hashFunc, value: await files.sha256(path) };
  return { rel_path: name, size_bytes: await files.size(path), hash };
}
