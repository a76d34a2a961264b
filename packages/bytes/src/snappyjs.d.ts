/** Compresses small blocks, and is the reference for our reader in tests; the package brings no types. */
declare module 'snappyjs' {
  const snappy: {
    compress(bytes: Uint8Array): Uint8Array;
    uncompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
  };
  export default snappy;
}
