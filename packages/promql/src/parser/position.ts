/** How many bytes the UTF-8 form of `text` up to UTF-16 offset `end` has; a lone surrogate counts as three. */
export function byteOffset(text: string, end: number): number {
  let bytes = 0;
  for (let i = 0; i < end && i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x80) bytes += 1;
    else if (c < 0x800) bytes += 2;
    else if (c >= 0xd800 && c < 0xdc00 && i + 1 < text.length && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

/** `LINE:COL` of a UTF-16 offset as Prometheus shows it: both from 1, the column in bytes since the last line feed. */
export function lineColumn(text: string, offset: number): string {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return `${line}:${byteOffset(text.slice(lineStart, offset), offset - lineStart) + 1}`;
}
