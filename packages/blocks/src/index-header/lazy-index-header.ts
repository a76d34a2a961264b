import { rm } from 'node:fs/promises';
import { TsanosError } from '@tsanos/bytes';
import { IndexHeader } from './index-header.ts';
import { writeIndexHeader, type HeaderBucket } from './write-index-header.ts';

export interface LazyIndexHeaderOptions {
  readonly bucket: HeaderBucket;
  readonly ulid: string;
  /** Of the file; `<data-dir>/<ulid>/index-header`. */
  readonly path: string;
  /** Told when a damaged file is thrown away. */
  readonly onRebuild?: (reason: string) => void;
}

/** A header in use; give it back when done. */
export interface HeaderLease extends Disposable {
  readonly header: IndexHeader;
}

/**
 * An index-header that is built when missing, built again when damaged, read at first use, and let go when nobody used it for a while. Loads that
 * several callers want at once happen once.
 */
export class LazyIndexHeader {
  readonly #options: LazyIndexHeaderOptions;
  #loading: Promise<IndexHeader> | undefined;
  #header: IndexHeader | undefined;
  #users = 0;
  #lastUseMs = 0;
  #closed = false;

  constructor(options: LazyIndexHeaderOptions) {
    this.#options = options;
  }

  /** Whether it is in memory. */
  get loaded(): boolean {
    return this.#header !== undefined;
  }

  /** Makes sure that there is a good file, without keeping it in memory longer than others do. */
  async prepare(signal?: AbortSignal): Promise<void> {
    using _ = await this.acquire(signal);
  }

  /** The header, loaded; it stays until the lease is disposed of. */
  async acquire(signal?: AbortSignal): Promise<HeaderLease> {
    if (this.#closed)
      throw new TsanosError('internal', 'header-closed', `index-header of block ${this.#options.ulid}: closed`);
    this.#users++;
    try {
      const header = this.#header ?? (await this.#load(signal));
      let released = false;
      return {
        header,
        [Symbol.dispose]: () => {
          if (released) return;
          released = true;
          this.#release();
        },
      };
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** Lets the header go when nobody uses it and the last use was `idleMs` ago; returns whether it did. */
  unloadIfIdle(idleMs: number, nowMs: number = Date.now()): boolean {
    if (this.#header === undefined || this.#users > 0 || nowMs - this.#lastUseMs < idleMs) return false;
    this.#drop();
    return true;
  }

  /** No further leases; the file is closed when the last one is given back. The file stays on disk. */
  close(): void {
    this.#closed = true;
    if (this.#users === 0) this.#drop();
  }

  #release(): void {
    this.#users--;
    this.#lastUseMs = Date.now();
    if (this.#closed && this.#users === 0) this.#drop();
  }

  #drop(): void {
    this.#header?.close();
    this.#header = undefined;
  }

  async #load(signal?: AbortSignal): Promise<IndexHeader> {
    this.#loading ??= this.#open(signal).finally(() => {
      this.#loading = undefined;
    });
    this.#header = await this.#loading;
    return this.#header;
  }

  async #open(signal?: AbortSignal): Promise<IndexHeader> {
    const { bucket, ulid, path } = this.#options;
    try {
      return await IndexHeader.open(path);
    } catch (error) {
      if (!(error instanceof TsanosError) || (error.kind !== 'not-found' && error.kind !== 'corrupt')) throw error;
      if (error.kind === 'corrupt') {
        this.#options.onRebuild?.(error.message);
        await rm(path, { force: true });
      }
    }
    await writeIndexHeader(bucket, ulid, path, signal);
    return IndexHeader.open(path);
  }
}
