import { join } from 'node:path';
import { isUlid, silentLogger, silentMetrics, TsanosError, type Logger, type MetricsRegistry } from '@tsanos/bytes';
import type { Labels } from '@tsanos/model';
import type { Bucket } from '@tsanos/objstore';
import {
  CHUNKS_DIR,
  encodeMeta,
  INDEX_FILE,
  META_FILE,
  parseMeta,
  sortedLabels,
  type BlockSource,
  type Meta,
} from '../meta/meta.ts';
import { OverlapChecker } from './overlap-checker.ts';
import { isMissing, realFiles, type ShipperFiles } from './shipper-files.ts';
import { ShipperMetrics } from './shipper-metrics.ts';
import { readShipperState, SHIPPER_STATE_FILE, writeShipperState } from './shipper-state.ts';
import { uploadBlock, type HashFunc } from './upload-block.ts';

export interface ShipperOptions {
  /** Prometheus' data folder. */
  readonly dir: string;
  readonly bucket: Bucket;
  /** External labels, asked for at each upload: a reload can change them. */
  readonly labels: () => Labels;
  readonly source: BlockSource;
  /** Also blocks that were compacted locally. */
  readonly uploadCompacted?: () => boolean;
  readonly allowOutOfOrderUploads?: boolean;
  readonly skipCorruptedBlocks?: boolean;
  readonly hashFunc?: HashFunc;
  /** Name of the state file in `dir`. */
  readonly stateFile?: string;
  /** Files of a block under way at once; 0 = all. */
  readonly uploadConcurrency?: number;
  readonly logger?: Logger;
  readonly metrics?: MetricsRegistry;
  readonly files?: ShipperFiles;
  readonly now?: () => number;
}

/**
 * Uploads complete blocks of a Prometheus data folder, oldest first. May die at any moment: meta.json goes last, so the bucket
 * shows complete blocks only, and the next sync goes on; the bucket and `thanos.shipper.json` tell what is done.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #files: ShipperFiles;
  readonly #logger: Logger;
  readonly #metrics: ShipperMetrics;
  #tidied = false;

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#files = options.files ?? realFiles;
    this.#logger = options.logger ?? silentLogger;
    this.#metrics = new ShipperMetrics(options.metrics ?? silentMetrics);
  }

  /** Path of the state file. */
  get statePath(): string {
    return join(this.#options.dir, this.#options.stateFile ?? SHIPPER_STATE_FILE);
  }

  /** Looks for blocks once and uploads what is missing; the number of blocks uploaded. Calls must not overlap. */
  async sync(signal?: AbortSignal): Promise<number> {
    try {
      return await this.#sync(signal);
    } catch (error) {
      this.#metrics.dirSyncFailures.inc();
      throw error;
    }
  }

  /** Blocks of the state file with the times of those that exist locally, oldest first; for the times a sidecar serves. */
  async blocks(): Promise<Meta[]> {
    return (await this.#localBlocks()).metas;
  }

  async #sync(signal: AbortSignal | undefined): Promise<number> {
    const done = await this.#readState();
    await this.#tidy();
    const { metas, corrupted } = await this.#localBlocks();
    const compacted = this.#options.uploadCompacted?.() ?? false;
    const checker = new OverlapChecker(this.#options.bucket, this.#options.labels);
    const uploaded: string[] = [];
    let count = 0;
    let failed = 0;
    for (const meta of metas) {
      signal?.throwIfAborted();
      if (done.has(meta.ulid)) {
        uploaded.push(meta.ulid);
        continue;
      }
      if (meta.stats.numSamples === 0) {
        this.#logger.debug('ignoring empty block', { block: meta.ulid });
        continue;
      }
      if (meta.compaction.level > 1 && !compacted) continue;
      if (await this.#options.bucket.exists(`${meta.ulid}/${META_FILE}`, signal)) {
        uploaded.push(meta.ulid);
        continue;
      }
      if (meta.compaction.level > 1 && this.#options.allowOutOfOrderUploads !== true)
        await this.#checkOverlap(checker, meta, signal);
      try {
        await this.#upload(meta, signal);
      } catch (error) {
        if (this.#options.allowOutOfOrderUploads !== true) throw failure(`upload ${meta.ulid}`, meta.ulid, error);
        signal?.throwIfAborted();
        this.#logger.error('shipping failed', { block: meta.ulid, err: error as Error });
        failed++;
        continue;
      }
      uploaded.push(meta.ulid);
      count++;
      this.#metrics.uploads.inc();
    }
    await this.#writeState(uploaded);
    this.#metrics.dirSyncs.inc();
    if (failed > 0 || corrupted.length > 0) {
      this.#metrics.uploadFailures.inc(failed);
      this.#metrics.corruptedBlocks.inc(corrupted.length);
      throw new TsanosError(
        'retryable',
        'shipping-failed',
        `failed to sync ${failed + corrupted.length} of ${metas.length + corrupted.length} blocks`,
        { failed, corrupted: corrupted.join(',') },
      );
    }
    this.#metrics.compactedDone.set(compacted ? 1 : 0);
    return count;
  }

  async #checkOverlap(checker: OverlapChecker, meta: Meta, signal: AbortSignal | undefined): Promise<void> {
    try {
      await checker.check(meta, signal);
    } catch (error) {
      throw failure('Found overlap or error during sync, cannot upload compacted block, details', meta.ulid, error);
    }
  }

  async #readState(): Promise<ReadonlySet<string>> {
    try {
      return new Set(await readShipperState(this.#files, this.statePath));
    } catch (error) {
      // The bucket knows what is there; asking it costs a request a block.
      this.#logger.error('failed to read meta file, creating empty meta data to write later', { err: error as Error });
      return new Set();
    }
  }

  async #writeState(uploaded: readonly string[]): Promise<void> {
    try {
      await writeShipperState(this.#files, this.statePath, uploaded);
    } catch (error) {
      this.#logger.warn('updating meta file failed', { err: error as Error });
    }
  }

  /** Removes what an earlier process left in the upload folder: its links would keep deleted blocks on the disk. */
  async #tidy(): Promise<void> {
    if (this.#tidied) return;
    await this.#files.remove(this.#uploadFolder());
    this.#tidied = true;
  }

  #uploadFolder(): string {
    return join(this.#options.dir, 'thanos', 'upload');
  }

  async #localBlocks(): Promise<{ metas: Meta[]; corrupted: string[] }> {
    const metas: Meta[] = [];
    const corrupted: string[] = [];
    for (const name of await this.#files.list(this.#options.dir)) {
      if (!isUlid(name)) continue;
      try {
        metas.push(parseMeta(await this.#files.read(join(this.#options.dir, name, META_FILE))));
      } catch (error) {
        // Prometheus deletes blocks while we look.
        if (isMissing(error) && !(await this.#isThere(name))) continue;
        if (this.#options.skipCorruptedBlocks !== true) throw failure(`read meta.json of ${name}`, name, error);
        this.#logger.error('failed to read meta.json of a block, skipping it', { block: name, err: error as Error });
        corrupted.push(name);
      }
    }
    return { metas: metas.sort((a, b) => a.minTime - b.minTime), corrupted };
  }

  async #isThere(name: string): Promise<boolean> {
    return (await this.#files.list(this.#options.dir)).includes(name);
  }

  async #upload(meta: Meta, signal: AbortSignal | undefined): Promise<void> {
    const { dir, bucket, labels, source, hashFunc = '', uploadConcurrency = 0, now = Date.now } = this.#options;
    this.#logger.info('upload new block', { id: meta.ulid });
    const from = join(dir, meta.ulid);
    const to = join(this.#uploadFolder(), meta.ulid);
    await this.#files.remove(to);
    try {
      const segments = await this.#linkBlock(from, to);
      const external = sortedLabels([...meta.thanos.labels, ...labels()]);
      const described: Meta = {
        ...meta,
        thanos: { ...meta.thanos, labels: external, source, segment_files: segments },
      };
      await this.#files.write(join(to, META_FILE), encodeMeta(described));
      await uploadBlock(to, described, {
        bucket,
        files: this.#files,
        hashFunc,
        concurrency: uploadConcurrency,
        now,
        signal,
      });
    } finally {
      await this.#files
        .remove(to)
        .catch((error: unknown) =>
          this.#logger.error('failed to clean upload directory', { dir: to, err: error as Error }),
        );
    }
  }

  /** Names of the segments. */
  async #linkBlock(from: string, to: string): Promise<string[]> {
    await this.#files.makeFolder(join(to, CHUNKS_DIR));
    const segments = await this.#files.list(join(from, CHUNKS_DIR));
    for (const name of segments) await this.#files.link(join(from, CHUNKS_DIR, name), join(to, CHUNKS_DIR, name));
    await this.#files.link(join(from, INDEX_FILE), join(to, INDEX_FILE));
    return segments;
  }
}

function failure(what: string, block: string, cause: unknown): TsanosError {
  const known = cause instanceof TsanosError ? cause : undefined;
  return new TsanosError(
    known?.kind ?? 'internal',
    known?.code ?? 'shipping-failed',
    `${what}: ${(cause as Error).message}`,
    { block },
    cause,
  );
}
