/** Words of the two tables that Blowfish starts from. */
const P_WORDS = 18;
const S_WORDS = 1024;

let tables: { p: Uint32Array; s: Uint32Array } | undefined;

/**
 * Blowfish's first state: the binary digits of π after the point, 32 a word. Worked out once by Machin's formula,
 * π = 16 atan(1/5) − 4 atan(1/239), rather than kept as a thousand constants.
 */
export function blowfishTables(): { readonly p: Uint32Array; readonly s: Uint32Array } {
  tables ??= compute();
  return tables;
}

function compute(): { p: Uint32Array; s: Uint32Array } {
  const bits = BigInt((P_WORDS + S_WORDS) * 32);
  const guard = 64n;
  const one = 1n << (bits + guard);
  const pi = (16n * atanInverse(5n, one) - 4n * atanInverse(239n, one)) >> guard;
  const digits = (pi & ((1n << bits) - 1n)).toString(16).padStart((P_WORDS + S_WORDS) * 8, '0');
  const all = Uint32Array.from({ length: P_WORDS + S_WORDS }, (_, i) =>
    Number.parseInt(digits.slice(i * 8, i * 8 + 8), 16),
  );
  return { p: all.slice(0, P_WORDS), s: all.slice(P_WORDS) };
}

/** atan(1/x) in units of 1/one. */
function atanInverse(x: bigint, one: bigint): bigint {
  const square = x * x;
  let power = one / x;
  let sum = power;
  for (let n = 3n, minus = true; power > 0n; n += 2n, minus = !minus) {
    power /= square;
    sum += minus ? -power / n : power / n;
  }
  return sum;
}
