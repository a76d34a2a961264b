/**
 * A cache of bytes behind a synchronous interface, bounded by bytes. Values are read-only for both sides and may be
 * SharedArrayBuffer-backed.
 */
export interface ByteCache {
  get(key: string): Uint8Array | undefined;
  /** Keeps `value` if there is room for it at all; may drop others. The cache does not copy: the caller gives it away. */
  put(key: string, value: Uint8Array): void;
  delete(key: string): void;
  readonly sizeBytes: number;
  readonly maxBytes: number;
}
