import { wasm } from './generated/xxhash64.wasm.ts';

// 64-bit arithmetic in pairs of int32, high word first; products by 16-bit halves where the carry matters.
const P1H = 0x9e3779b1 | 0,
  P1L = 0x85ebca87 | 0;
const P2H = 0xc2b2ae3d | 0,
  P2L = 0x27d4eb4f | 0;
const P3H = 0x165667b1 | 0,
  P3L = 0x9e3779f9 | 0;
const P4H = 0x85ebca77 | 0,
  P4L = 0xc2b2ae63 | 0;
const P5H = 0x27d4eb2f | 0,
  P5L = 0x165667c5 | 0;

let H = 0;
let L = 0;

/** (H, L) = a * b mod 2^64. */
function mul(ah: number, al: number, bh: number, bl: number): void {
  const a0 = al & 0xffff,
    a1 = al >>> 16,
    b0 = bl & 0xffff,
    b1 = bl >>> 16;
  const p00 = a0 * b0;
  const mid = a1 * b0 + (p00 >>> 16);
  const mid2 = a0 * b1 + (mid % 0x10000);
  L = ((mid2 & 0xffff) << 16) | (p00 & 0xffff);
  H = (a1 * b1 + Math.floor(mid / 0x10000) + Math.floor(mid2 / 0x10000) + Math.imul(ah, bl) + Math.imul(al, bh)) | 0;
}

/** (H, L) += b. */
function add(bh: number, bl: number): void {
  const lo = (L >>> 0) + (bl >>> 0);
  H = (H + bh + (lo > 0xffffffff ? 1 : 0)) | 0;
  L = lo | 0;
}

/** (H, L) rotated left by r, 0 < r < 64. */
function rotl(r: number): void {
  if (r >= 32) {
    const t = H;
    H = L;
    L = t;
    r -= 32;
    if (r === 0) return;
  }
  const h = (H << r) | (L >>> (32 - r));
  L = (L << r) | (H >>> (32 - r));
  H = h;
}

/** (H, L) = round(acc, lane). */
function round(acch: number, accl: number, laneh: number, lanel: number): void {
  mul(laneh, lanel, P2H, P2L);
  add(acch, accl);
  rotl(31);
  mul(H, L, P1H, P1L);
}

function mergeRound(acch: number, accl: number, vh: number, vl: number): void {
  round(0, 0, vh, vl);
  H ^= acch;
  L ^= accl;
  mul(H, L, P1H, P1L);
  add(P4H, P4L);
}

/** What we use of the engine's WebAssembly; its types come with the browser's library, which this house does without. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: Readonly<Record<string, never>>) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Hashes the first bytes of the area and leaves the low and the high word before it. */
  readonly hash: (length: number) => void;
}

/** Where the module reads, and what fits there. */
const AREA_AT = 1024;
const AREA_BYTES = 65_536 - AREA_AT;
const RESULT_AT = 1016;
/** Below this WebAssembly's copy costs more than it gains. */
const WASM_MIN = 32;

let hash: ((length: number) => void) | undefined;
let area: Uint8Array;
let result: Uint32Array;

function load(): (length: number) => void {
  const exports = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(wasm, 'base64')), {}).exports as Exports;
  area = new Uint8Array(exports.memory.buffer, AREA_AT);
  result = new Uint32Array(exports.memory.buffer, RESULT_AT, 2);
  return (hash = exports.hash);
}

/**
 * xxHash64 with seed 0 of `[from, to)`: `out[0]` is the high word, `out[1]` the low one. No BigInt: label sets are short and
 * many.
 */
export function xxhash64(bytes: Uint8Array, from: number, to: number, out: Uint32Array): void {
  const length = to - from;
  if (length < WASM_MIN || length > AREA_BYTES) {
    hashInPairs(bytes, from, to, out);
    return;
  }
  const run = hash ?? load();
  if (length <= 64) for (let i = 0; i < length; i++) area[i] = bytes[from + i];
  else area.set(bytes.subarray(from, to));
  run(length);
  out[0] = result[1];
  out[1] = result[0];
}

/** The same in JavaScript, for lengths at which that is better; exported as the reference of the other. */
export function hashInPairs(bytes: Uint8Array, from: number, to: number, out: Uint32Array): void {
  const length = to - from;
  let i = from;
  const u32 = (at: number): number => bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  if (length >= 32) {
    H = P1H;
    L = P1L;
    add(P2H, P2L);
    let v1h = H,
      v1l = L,
      v2h = P2H,
      v2l = P2L,
      v3h = 0,
      v3l = 0;
    H = 0;
    L = 0;
    add(~P1H, ~P1L);
    add(0, 1);
    let v4h = H,
      v4l = L;
    for (; i + 32 <= to; i += 32) {
      round(v1h, v1l, u32(i + 4), u32(i));
      v1h = H;
      v1l = L;
      round(v2h, v2l, u32(i + 12), u32(i + 8));
      v2h = H;
      v2l = L;
      round(v3h, v3l, u32(i + 20), u32(i + 16));
      v3h = H;
      v3l = L;
      round(v4h, v4l, u32(i + 28), u32(i + 24));
      v4h = H;
      v4l = L;
    }
    H = v1h;
    L = v1l;
    rotl(1);
    let sh = H,
      sl = L;
    H = v2h;
    L = v2l;
    rotl(7);
    add(sh, sl);
    sh = H;
    sl = L;
    H = v3h;
    L = v3l;
    rotl(12);
    add(sh, sl);
    sh = H;
    sl = L;
    H = v4h;
    L = v4l;
    rotl(18);
    add(sh, sl);
    mergeRound(H, L, v1h, v1l);
    mergeRound(H, L, v2h, v2l);
    mergeRound(H, L, v3h, v3l);
    mergeRound(H, L, v4h, v4l);
  } else {
    H = P5H;
    L = P5L;
  }
  add(Math.floor(length / 0x100000000), length | 0);
  for (; i + 8 <= to; i += 8) {
    const h = H,
      l = L;
    round(0, 0, u32(i + 4), u32(i));
    H ^= h;
    L ^= l;
    rotl(27);
    mul(H, L, P1H, P1L);
    add(P4H, P4L);
  }
  if (i + 4 <= to) {
    const h = H,
      l = L;
    mul(0, u32(i), P1H, P1L);
    H ^= h;
    L ^= l;
    rotl(23);
    mul(H, L, P2H, P2L);
    add(P3H, P3L);
    i += 4;
  }
  for (; i < to; i++) {
    const h = H,
      l = L;
    mul(0, bytes[i], P5H, P5L);
    H ^= h;
    L ^= l;
    rotl(11);
    mul(H, L, P1H, P1L);
  }
  L ^= H >>> 1; // h ^= h >>> 33
  mul(H, L, P2H, P2L);
  {
    const h = H;
    L ^= (L >>> 29) | (h << 3);
    H ^= h >>> 29;
  } // h ^= h >>> 29
  mul(H, L, P3H, P3L);
  L ^= H; // h ^= h >>> 32
  out[0] = H;
  out[1] = L;
}
