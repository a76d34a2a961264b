/**
 * Decodes the elements of a snappy block, `bytes[from, end)` after its length, into `out`, which they must fill exactly. False when they do not, or when
 * something points outside of either; each element takes at least one byte away, so it ends whatever the bytes are.
 */
export function decodeSnappy(bytes: Uint8Array, from: number, out: Uint8Array): boolean {
  const end = bytes.length;
  let at = from;
  let to = 0;
  while (at < end) {
    const tag = bytes[at++];
    const kind = tag & 3;
    let length = (tag >>> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const extra = length - 60;
        if (extra > end - at) return false;
        length = littleEndian(bytes, at, extra) + 1;
        at += extra;
      }
      if (length > end - at || length > out.length - to) return false;
      for (let i = 0; i < length; i++) out[to + i] = bytes[at + i];
      at += length;
    } else {
      // A copy of what was written: its distance has 1, 2 or 4 bytes.
      const size = kind === 3 ? 4 : kind;
      if (size > end - at) return false;
      let distance = littleEndian(bytes, at, size);
      if (kind === 1) {
        length = ((tag >>> 2) & 7) + 4;
        distance += (tag >>> 5) << 8;
      }
      at += size;
      if (distance === 0 || distance > to || length > out.length - to) return false;
      // Byte by byte: where it overlaps itself it repeats.
      for (let i = 0; i < length; i++) out[to + i] = out[to - distance + i];
    }
    to += length;
  }
  return to === out.length;
}

/** An unsigned number of one to four bytes. */
function littleEndian(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[at + i];
  return value;
}
