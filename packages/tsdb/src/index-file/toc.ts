import { crc32c } from '@tsanos/bytes';
import { corrupt } from '../cursor.ts';

export const INDEX_MAGIC = 0xbaaad700;
export const INDEX_HEADER_BYTES = 5;
export const TOC_BYTES = 52;

/** Where the sections of an index file begin; 0 = absent. */
export interface Toc {
  symbols: number;
  series: number;
  labelIndices: number;
  labelOffsetTable: number;
  postings: number;
  postingsOffsetTable: number;
}

/** Reads the five bytes at the start of an index file; returns the format version (1 or 2; 3 is written like 2). */
export function readIndexHeader(bytes: Uint8Array, what: string): 1 | 2 {
  if (bytes.length < INDEX_HEADER_BYTES) throw corrupt(what, 'invalid size: the file has no header');
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (magic !== INDEX_MAGIC)
    throw corrupt(what, `invalid magic number ${magic.toString(16)}, want ${INDEX_MAGIC.toString(16)}`);
  const version = bytes[4];
  if (version !== 1 && version !== 2 && version !== 3) throw corrupt(what, `unknown index file version ${version}`);
  return version === 1 ? 1 : 2;
}

/** Reads the table of contents from the last 52 bytes of an index file of `size` bytes and checks its offsets. */
export function readToc(bytes: Uint8Array, size: number, what: string): Toc {
  if (bytes.length !== TOC_BYTES) throw corrupt(what, 'read TOC: invalid size');
  const view = new DataView(bytes.buffer, bytes.byteOffset, TOC_BYTES);
  if (crc32c(bytes, 0, 48) !== view.getUint32(48)) throw corrupt(what, 'read TOC: invalid checksum');
  const offset = (i: number): number => {
    const n = view.getUint32(8 * i) * 0x100000000 + view.getUint32(8 * i + 4);
    if (n > size - TOC_BYTES) throw corrupt(what, `read TOC: offset ${n} lies outside of the file of ${size} bytes`);
    return n;
  };
  const toc = {
    symbols: offset(0),
    series: offset(1),
    labelIndices: offset(2),
    labelOffsetTable: offset(3),
    postings: offset(4),
    postingsOffsetTable: offset(5),
  };
  if (toc.series < toc.symbols) throw corrupt(what, 'read TOC: series come before symbols');
  return toc;
}

export function encodeToc(toc: Toc): Uint8Array {
  const bytes = new Uint8Array(TOC_BYTES);
  const view = new DataView(bytes.buffer);
  const offsets = [
    toc.symbols,
    toc.series,
    toc.labelIndices,
    toc.labelOffsetTable,
    toc.postings,
    toc.postingsOffsetTable,
  ];
  offsets.forEach((offset, i) => {
    view.setUint32(8 * i, Math.floor(offset / 0x100000000));
    view.setUint32(8 * i + 4, offset >>> 0);
  });
  view.setUint32(48, crc32c(bytes, 0, 48));
  return bytes;
}
