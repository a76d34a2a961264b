const POWERS: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4, P: 5, E: 6 };

/** A size in bytes or the text of the refusal, worded as Go's units package words it. */
export type ParsedSize = { readonly bytes: number } | { readonly error: string };

/** `250MB` and `250MiB` are both 250 · 2^20; sums such as `1GB512MB` and fractions are allowed, a number without unit only as `0`. */
export function parseSize(text: string): ParsedSize {
  const negative = text.startsWith('-');
  let rest = /^[-+]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return { bytes: 0 };
  if (rest === '') return { error: `units: invalid ${text}` };
  let bytes = 0;
  while (rest !== '') {
    const digits = /^(?:\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (digits === undefined) return { error: `units: invalid ${text}` };
    rest = rest.slice(digits.length);
    const unit = /^[^\d.]*/.exec(rest)![0];
    rest = rest.slice(unit.length);
    const power = POWERS[/^([KMGTPE]?)i?B$/.exec(unit)?.[1] ?? 'none'];
    if (power === undefined) return { error: `units: unknown unit ${unit} in ${text}` };
    bytes += Number(digits) * 1024 ** power;
  }
  if (!Number.isSafeInteger(Math.trunc(bytes))) return { error: 'units: overflow parsing unit' };
  return { bytes: Math.trunc(negative ? -bytes : bytes) };
}
