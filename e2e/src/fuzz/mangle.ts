/** A text with up to four pieces put in, in place of some of its bytes. Pieces are Latin-1: '\xff' is a byte that no UTF-8 has. */
export function mangle(text: Uint8Array, pieces: readonly string[], roll: (n: number) => number): Uint8Array {
  let out = Buffer.from(text);
  for (let n = 1 + roll(4); n > 0; n--) {
    const at = roll(out.length + 1);
    const piece = Buffer.from(pieces[roll(pieces.length)], 'latin1');
    out = Buffer.concat([out.subarray(0, at), piece, out.subarray(at + roll(6))]);
  }
  return out;
}

/** Up to 200 bytes, small ones more often. */
export function randomBytes(roll: (n: number) => number): Uint8Array {
  const bytes = new Uint8Array(roll(200));
  for (let i = 0; i < bytes.length; i++) bytes[i] = roll(3) === 0 ? roll(20) : roll(256);
  return bytes;
}
