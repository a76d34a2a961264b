import { TsanosError } from '@tsanos/bytes';
import { compareLabels, Labels } from '@tsanos/model';
import { isNotFound, type Bucket } from '@tsanos/objstore';
import { listBlocks } from '../fetcher/list-blocks.ts';
import { forEachLimit } from '../map-limit.ts';
import { META_FILE, metaLabels, parseMeta } from '../meta/meta.ts';
import { describeOverlaps, overlappingBlocks, type BlockRange } from './overlaps.ts';

/** Keeps compacted blocks out of a bucket that has parts of them already. Reads the bucket's blocks at the first question. */
export class OverlapChecker {
  readonly #bucket: Bucket;
  readonly #labels: () => Labels;
  #blocks: Promise<BlockRange[]> | undefined;

  constructor(bucket: Bucket, labels: () => Labels) {
    this.#bucket = bucket;
    this.#labels = labels;
  }

  /** Throws when the block overlaps one of the bucket with the very same external labels. */
  async check(block: BlockRange, signal?: AbortSignal): Promise<void> {
    this.#blocks ??= this.#read(signal);
    const groups = overlappingBlocks([block, ...(await this.#blocks)]);
    if (groups.length === 0) return;
    throw new TsanosError(
      'bad-input',
      'overlapping-block',
      `shipping compacted block ${block.ulid} is blocked; overlap spotted: ${describeOverlaps(groups)}`,
      { block: block.ulid },
    );
  }

  async #read(signal: AbortSignal | undefined): Promise<BlockRange[]> {
    const own = this.#labels();
    const blocks: BlockRange[] = [];
    const { ulids } = await listBlocks(this.#bucket, 'concurrent', signal);
    await forEachLimit(ulids, 32, async (ulid) => {
      let bytes: Uint8Array;
      try {
        bytes = await this.#bucket.get(`${ulid}/${META_FILE}`, signal);
      } catch (error) {
        if (isNotFound(error)) return;
        throw error;
      }
      const meta = parseMeta(bytes);
      if (compareLabels(metaLabels(meta), own) === 0)
        blocks.push({ ulid, minTime: meta.minTime, maxTime: meta.maxTime });
    });
    return blocks.sort((a, b) => (a.ulid < b.ulid ? -1 : 1));
  }
}
