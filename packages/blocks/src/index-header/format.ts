import { crc32c, TsanosError } from '@tsanos/bytes';
import { TOC_BYTES } from '@tsanos/tsdb';

/**
 * The file `index-header` of a block, as Thanos' store gateway writes it: magic, version, version of the index, place of the postings offset table in
 * the index; then the index's symbol section and its tail from the postings offset table to the end, both verbatim; then two positions and a checksum.
 */
export const HEADER_MAGIC = 0xbaaad792;
export const HEADER_VERSION = 1;
export const HEADER_BYTES = 14;
export const HEADER_TOC_BYTES = 20;

export interface HeaderLayout {
  readonly indexVersion: 1 | 2;
  /** Where the postings offset table lies in the index: the end bound of its last postings list. */
  readonly tableOffsetInIndex: number;
  /** Positions in this file. */
  readonly symbols: number;
  readonly table: number;
}

/** The first 14 bytes. */
export function encodeHead(indexVersion: number, tableOffsetInIndex: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, HEADER_MAGIC);
  bytes[4] = HEADER_VERSION;
  bytes[5] = indexVersion;
  setU64(view, 6, tableOffsetInIndex);
  return bytes;
}

/** The last 20 bytes. */
export function encodeHeaderToc(symbols: number, table: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_TOC_BYTES);
  const view = new DataView(bytes.buffer);
  setU64(view, 0, symbols);
  setU64(view, 8, table);
  view.setUint32(16, crc32c(bytes, 0, 16));
  return bytes;
}

/** Reads and checks both ends of a file of `size` bytes. */
export function readLayout(head: Uint8Array, toc: Uint8Array, size: number, what: string): HeaderLayout {
  if (
    head.length < HEADER_BYTES ||
    toc.length < HEADER_TOC_BYTES ||
    size < HEADER_BYTES + TOC_BYTES + HEADER_TOC_BYTES
  ) {
    throw corruptHeader(what, `${size} bytes are too few`);
  }
  const view = new DataView(head.buffer, head.byteOffset, HEADER_BYTES);
  if (view.getUint32(0) !== HEADER_MAGIC)
    throw corruptHeader(what, `invalid magic number ${view.getUint32(0).toString(16)}`);
  if (head[4] !== HEADER_VERSION) throw corruptHeader(what, `unknown index-header file version ${head[4]}`);
  if (head[5] !== 1 && head[5] !== 2) throw corruptHeader(what, `unknown index file version ${head[5]}`);
  const end = new DataView(toc.buffer, toc.byteOffset, HEADER_TOC_BYTES);
  if (crc32c(toc, 0, 16) !== end.getUint32(16)) throw corruptHeader(what, 'read index header TOC: invalid checksum');
  const symbols = getU64(end, 0);
  const table = getU64(end, 8);
  if (symbols < HEADER_BYTES || table < symbols || table > size - HEADER_TOC_BYTES - TOC_BYTES) {
    throw corruptHeader(what, `sections at ${symbols} and ${table} do not fit into ${size} bytes`);
  }
  return { indexVersion: head[5], tableOffsetInIndex: getU64(view, 6), symbols, table };
}

export function corruptHeader(what: string, message: string): TsanosError {
  return new TsanosError(
    'corrupt',
    'corrupt-index-header',
    `${what}: ${message}; delete the file to have it built again`,
  );
}

function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 0x100000000));
  view.setUint32(at + 4, value >>> 0);
}

function getU64(view: DataView, at: number): number {
  return view.getUint32(at) * 0x100000000 + view.getUint32(at + 4);
}
