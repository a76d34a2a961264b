/** What a bucket knows of an object. Times in ms since the epoch. */
export interface ObjectAttributes {
  sizeBytes: number;
  lastModifiedMs: number;
}

/** A name found by listing; names of "folders" end in `/`. Names are whole keys, prefix included, without a leading `/`. */
export interface ListEntry {
  name: string;
  /** Known where the provider lists it for free. */
  attributes?: ObjectAttributes | undefined;
}

export interface ListOptions {
  /** Descends into folders and lists objects only. */
  recursive?: boolean;
  signal?: AbortSignal | undefined;
}

/**
 * An object store. Every implementation and decorator passes `bucketSuite` of `@tsanos/objstore/testing`.
 *
 * Errors are `ObjstoreError`s; `isNotFound(error)` and `isAccessDenied(error)` of this package classify them. Methods do
 * not retry: the retry decorator does.
 */
export interface Bucket {
  /** For logs: `s3://bucket` and the like. */
  readonly name: string;
  readonly provider: 'FILESYSTEM' | 'S3' | 'MEMORY';
  /** Whether `upload` shows all of an object or nothing of it, also when the process dies. */
  readonly atomicUpload: boolean;
  /** Entries directly under `folder` ('' = root), in byte order of names. A folder that does not exist has none. */
  list(folder: string, options?: ListOptions): AsyncIterable<ListEntry>;
  /** The whole object. The caller owns the bytes. Not found → error. */
  get(name: string, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * `length` bytes from `offset`; fewer when the object ends earlier; an offset at or past the end is an empty answer.
   * The caller owns the bytes.
   */
  getRange(name: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  exists(name: string, signal?: AbortSignal): Promise<boolean>;
  attributes(name: string, signal?: AbortSignal): Promise<ObjectAttributes>;
  /** Creates or replaces an object, all or nothing. */
  upload(name: string, body: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** The same from a local file, without holding it in memory. */
  uploadFile(name: string, path: string, signal?: AbortSignal): Promise<void>;
  /**
   * Creates `name` only when it does not exist; false when it does. For leases and locks.
   */
  uploadIfAbsent(name: string, body: Uint8Array, signal?: AbortSignal): Promise<boolean>;
  /** Deleting what is not there is an error that `isNotFound` knows, as in Thanos' providers for FILESYSTEM; S3 succeeds. */
  delete(name: string, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
