import { timingSafeEqual } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { blowfishTables } from './blowfish-tables.ts';

const HASH = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;
const ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const MAGIC = 'OrpheanBeholderScryDoubt';
/** The event loop gets a turn after this long: a cost of 12 takes a third of a second. */
const SLICE_MS = 4;
const MIN_COST = 4;
const MAX_COST = 16;

/** Whether `text` is a bcrypt hash that this module can check (cost 4 … 16). */
export function isBcryptHash(text: string): boolean {
  const cost = Number(HASH.exec(text)?.[1] ?? 0);
  return cost >= MIN_COST && cost <= MAX_COST;
}

/** Whether `password` belongs to `hash`; false for what is no hash. Gives the event loop its turns. */
export async function bcryptMatches(password: string, hash: string): Promise<boolean> {
  const [, costText, saltText, sumText] = HASH.exec(hash) ?? [];
  if (costText === undefined || !isBcryptHash(hash)) return false;
  const salt = decode64(saltText, 16);
  const sum = await bcrypt(passwordBytes(password), salt, Number(costText));
  return timingSafeEqual(sum, decode64(sumText, 23));
}

/** bcrypt takes the first 72 bytes, its closing zero included. */
function passwordBytes(password: string): Uint8Array {
  return Buffer.from(`${password}\u0000`, 'utf8').subarray(0, 72);
}

async function bcrypt(password: Uint8Array, salt: Uint8Array, cost: number): Promise<Uint8Array> {
  const { p: pInit, s: sInit } = blowfishTables();
  const p = pInit.slice();
  const s = sInit.slice();
  const key = words(password);
  const saltWords = words(salt);
  expandKey(p, s, key, saltWords);
  let slice = performance.now();
  for (let round = 0; round < 2 ** cost; round++) {
    expandKey(p, s, key, undefined);
    expandKey(p, s, saltWords, undefined);
    if (performance.now() - slice > SLICE_MS) {
      await nextTurn();
      slice = performance.now();
    }
  }
  const block = new Uint32Array(2);
  const out = Buffer.alloc(24);
  const text = Buffer.from(MAGIC, 'latin1');
  for (let i = 0; i < 24; i += 8) {
    block[0] = text.readUInt32BE(i);
    block[1] = text.readUInt32BE(i + 4);
    for (let n = 0; n < 64; n++) encrypt(p, s, block);
    out.writeUInt32BE(block[0], i);
    out.writeUInt32BE(block[1], i + 4);
  }
  return out.subarray(0, 23);
}

/** 18 big-endian words that go round and round over the bytes. */
function words(bytes: Uint8Array): Uint32Array {
  const out = new Uint32Array(18);
  let at = 0;
  for (let i = 0; i < out.length; i++) {
    let word = 0;
    for (let n = 0; n < 4; n++) {
      word = ((word << 8) | bytes[at]) >>> 0;
      at = (at + 1) % bytes.length;
    }
    out[i] = word;
  }
  return out;
}

/** Mixes a key into the state, and a salt of four words when there is one. */
function expandKey(p: Uint32Array, s: Uint32Array, key: Uint32Array, salt: Uint32Array | undefined): void {
  for (let i = 0; i < 18; i++) p[i] ^= key[i];
  const block = new Uint32Array(2);
  let at = 0;
  for (const table of [p, s]) {
    for (let i = 0; i < table.length; i += 2) {
      if (salt !== undefined) {
        block[0] ^= salt[at & 3];
        block[1] ^= salt[(at + 1) & 3];
        at += 2;
      }
      encrypt(p, s, block);
      table[i] = block[0];
      table[i + 1] = block[1];
    }
  }
}

/** One Blowfish block, in place. */
function encrypt(p: Uint32Array, s: Uint32Array, block: Uint32Array): void {
  let left = block[0] ^ p[0];
  let right = block[1];
  for (let i = 1; i <= 16; i += 2) {
    right ^=
      (((s[left >>> 24] + s[256 + ((left >>> 16) & 255)]) ^ s[512 + ((left >>> 8) & 255)]) + s[768 + (left & 255)]) ^
      p[i];
    left ^=
      (((s[right >>> 24] + s[256 + ((right >>> 16) & 255)]) ^ s[512 + ((right >>> 8) & 255)]) +
        s[768 + (right & 255)]) ^
      p[i + 1];
  }
  block[0] = right ^ p[17];
  block[1] = left;
}

/** bcrypt's base 64, without padding. */
function decode64(text: string, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    held = (held << 6) | ALPHABET.indexOf(letter);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    if (at < length) out[at++] = (held >>> bits) & 255;
    held &= (1 << bits) - 1;
  }
  return out;
}
