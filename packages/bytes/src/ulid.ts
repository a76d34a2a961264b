import { randomFillSync } from 'node:crypto';
import { TsanosError } from './error.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const pool = new Uint8Array(4096);
let poolAt = pool.length;

/** A new ULID: 48 bits of time, 80 of randomness, in Crockford's base 32. */
export function newUlid(timeMs: number = Date.now()): string {
  let text = '';
  let time = timeMs;
  for (let i = 0; i < 10; i++) {
    text = ALPHABET[time % 32] + text;
    time = Math.floor(time / 32);
  }
  if (poolAt + 16 > pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  for (let i = 0; i < 16; i++) text += ALPHABET[pool[poolAt++] & 31];
  return text;
}

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Whether `text` is a ULID in its upper-case form, fit for a file or object name. */
export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/** Checks a ULID; throws bad-input when it is none. */
export function parseUlid(text: string): string {
  if (!isUlid(text)) throw new TsanosError('bad-input', 'bad-ulid', `${JSON.stringify(text)} is not a ULID`);
  return text;
}

/** Time in ms that a ULID carries. */
export function ulidTimeMs(ulid: string): number {
  let time = 0;
  for (let i = 0; i < 10; i++) time = time * 32 + ALPHABET.indexOf(ulid[i]);
  return time;
}
