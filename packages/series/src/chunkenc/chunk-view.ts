/**
 * Readable bytes that a decoder may touch past the end of a chunk before it notices: one sample of any encoding whose
 * fields are read at fixed width, plus the width of a read.
 */
const SLACK = 32;
/** Bit positions are int32; buffers up to this size are addressed as a whole. */
const MAX_WHOLE = 1 << 27;

let lastBuffer: Uint8Array | undefined;
let lastView: DataView = new DataView(new ArrayBuffer(0));
let scratch: Uint8Array = new Uint8Array(4096);
let scratchView: DataView = new DataView(scratch.buffer);

/** Where the first byte of the chunk given to `chunkView` is within the view it returned. */
export let chunkStart = 0;

/**
 * A view in which the chunk `buf[offset, offset + length)` starts at `chunkStart` and is followed by at least `SLACK`
 * readable bytes. It is the buffer itself where there is room (the last buffer's view is kept, since consecutive chunks
 * come from one buffer), else a copy that the next call overwrites.
 */
export function chunkView(buf: Uint8Array, offset: number, length: number): DataView {
  if (offset + length + SLACK <= buf.length && buf.length <= MAX_WHOLE) {
    if (buf !== lastBuffer) {
      lastView = new DataView(buf.buffer, buf.byteOffset, buf.byteLength);
      lastBuffer = buf;
    }
    chunkStart = offset;
    return lastView;
  }
  chunkStart = 0;
  if (offset + length + SLACK <= buf.length) return new DataView(buf.buffer, buf.byteOffset + offset, length + SLACK);
  if (length + SLACK > scratch.length) {
    scratch = new Uint8Array(2 * (length + SLACK));
    scratchView = new DataView(scratch.buffer);
  }
  scratch.set(buf.subarray(offset, offset + length));
  scratch.fill(0, length, length + SLACK);
  return scratchView;
}
