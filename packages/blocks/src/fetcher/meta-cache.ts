import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUlid, type Logger } from '@tsanos/bytes';
import { encodeMeta, META_FILE, parseMeta, type Meta } from '../meta/meta.ts';

/**
 * meta.json files kept on disk between starts: `<data dir>/meta-syncer/<ulid>/meta.json`, which is also Thanos' cache. A cache only: whatever
 * goes wrong with it, the bucket is asked.
 */
export class MetaCache {
  readonly #dir: string;
  readonly #logger: Logger;

  constructor(dataDir: string, logger: Logger) {
    this.#dir = join(dataDir, 'meta-syncer');
    this.#logger = logger;
  }

  async get(ulid: string): Promise<Meta | undefined> {
    const folder = join(this.#dir, ulid);
    let bytes: Buffer;
    try {
      bytes = await readFile(join(folder, META_FILE));
    } catch {
      return undefined;
    }
    try {
      const meta = parseMeta(bytes);
      if (meta.ulid === ulid) return meta;
      throw new Error(`it is of block ${meta.ulid}`);
    } catch (error) {
      this.#logger.warn('best effort read of the local meta.json failed; removing cached block dir', {
        dir: folder,
        err: error as Error,
      });
      await rm(folder, { recursive: true, force: true }).catch(() => {});
      return undefined;
    }
  }

  async put(meta: Meta): Promise<void> {
    const folder = join(this.#dir, meta.ulid);
    const temporary = join(folder, `${META_FILE}.tmp-${randomBytes(4).toString('hex')}`);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, encodeMeta(meta));
      await rename(temporary, join(folder, META_FILE));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      this.#logger.warn('best effort save of the meta.json to local dir failed; ignoring', {
        dir: folder,
        err: error as Error,
      });
    }
  }

  /** Forgets blocks that are not in the bucket any more. */
  async retain(ulids: { has(ulid: string): boolean }): Promise<void> {
    const entries = await readdir(this.#dir).catch(() => []);
    for (const entry of entries) {
      if (isUlid(entry) && !ulids.has(entry))
        await rm(join(this.#dir, entry), { recursive: true, force: true }).catch(() => {});
    }
  }
}
