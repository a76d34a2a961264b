import { ulidTimeMs } from '@tsanos/bytes';
import { isNotFound, type Bucket } from '@tsanos/objstore';
import { markerName } from './markers.ts';
import { META_FILE } from './meta/meta.ts';

/** Age from which a partial block is taken for dead: Thanos' 48 hours. */
export const PARTIAL_UPLOAD_AGE_MS = 48 * 3_600_000;

/**
 * Deletes a block so that it is never seen half: meta.json first, the deletion mark last, so that a deletion that was interrupted is
 * still known as one. Fine when objects are gone already.
 */
export async function deleteBlock(bucket: Bucket, ulid: string, signal?: AbortSignal): Promise<void> {
  const meta = `${ulid}/${META_FILE}`;
  const mark = markerName('deletion-mark', ulid);
  await deleteIfThere(bucket, meta, signal);
  const names: string[] = [];
  for await (const { name } of bucket.list(ulid, { recursive: true, signal }))
    if (name !== mark && name !== meta) names.push(name);
  for (const name of names) await deleteIfThere(bucket, name, signal);
  await deleteIfThere(bucket, mark, signal);
}

async function deleteIfThere(bucket: Bucket, name: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await bucket.delete(name, signal);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Whether an upload that never ended may be deleted: its newest object is old, and it is not marked (then the mark decides). */
export async function isDeadUpload(
  bucket: Bucket,
  ulid: string,
  nowMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  let newest = ulidTimeMs(ulid);
  for await (const { name, attributes } of bucket.list(ulid, { recursive: true, signal })) {
    if (name === markerName('deletion-mark', ulid)) return false;
    newest = Math.max(newest, (attributes ?? (await bucket.attributes(name, signal))).lastModifiedMs);
  }
  return nowMs - newest > PARTIAL_UPLOAD_AGE_MS;
}
