/** Mixes 32-bit numbers into one: equal inputs give equal outputs, on every machine. */
export function mix(...parts: number[]): number {
  let h = 0x9e3779b9;
  for (const part of parts) {
    h = Math.imul(h ^ (part | 0), 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h + 0x165667b1, 0xc2b2ae35);
    h ^= h >>> 16;
  }
  return h >>> 0;
}

/** The same as a fraction in [0, 1). */
export function fraction(...parts: number[]): number {
  return mix(...parts) / 0x100000000;
}

/** A number for a text, to mix. */
export function textSeed(text: string): number {
  let h = 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
