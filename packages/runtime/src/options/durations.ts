/** Prometheus' units, largest first, in ms. */
const PROMETHEUS_UNITS: Readonly<Record<string, { position: number; ms: number }>> = {
  y: { position: 1, ms: 365 * 86_400_000 },
  w: { position: 2, ms: 7 * 86_400_000 },
  d: { position: 3, ms: 86_400_000 },
  h: { position: 4, ms: 3_600_000 },
  m: { position: 5, ms: 60_000 },
  s: { position: 6, ms: 1000 },
  ms: { position: 7, ms: 1 },
};

const GO_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Longest duration that Go's int64 of nanoseconds can hold. */
const MAX_MS = 9_223_372_036_854;

/** A duration or the text of the refusal, worded as the Go parser words it. */
export type ParsedDuration = { readonly ms: number } | { readonly error: string };

/** Prometheus' grammar: `1d12h`, whole numbers, units from large to small, each once; `0`. */
export function parsePrometheusDuration(text: string): ParsedDuration {
  if (text === '0') return { ms: 0 };
  if (text === '') return { error: 'empty duration string' };
  const invalid = { error: `not a valid duration string: ${JSON.stringify(text)}` };
  let rest = text;
  let last = 0;
  let ms = 0;
  while (rest !== '') {
    const digits = /^\d+/.exec(rest)?.[0];
    if (digits === undefined) return invalid;
    rest = rest.slice(digits.length);
    const name = /^\D+/.exec(rest)?.[0];
    if (name === undefined) return invalid;
    rest = rest.slice(name.length);
    const unit = Object.hasOwn(PROMETHEUS_UNITS, name) ? PROMETHEUS_UNITS[name] : undefined;
    if (unit === undefined)
      return { error: `unknown unit ${JSON.stringify(name)} in duration ${JSON.stringify(text)}` };
    if (unit.position <= last) return invalid;
    last = unit.position;
    ms += Number(digits) * unit.ms;
    if (ms > MAX_MS) return { error: 'duration out of range' };
  }
  return { ms };
}

/** Go's grammar: sign, fractions, units in any order: `1h30m`, `1.5s`, `-10ms`; `0`. Fractions of a ms are kept. */
export function parseGoDurationText(text: string): ParsedDuration {
  const quoted = JSON.stringify(text);
  const negative = text.startsWith('-');
  let rest = /^[-+]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return { ms: 0 };
  if (rest === '') return { error: `time: invalid duration ${quoted}` };
  let ms = 0;
  while (rest !== '') {
    const digits = /^(?:\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (digits === undefined) return { error: `time: invalid duration ${quoted}` };
    rest = rest.slice(digits.length);
    const name = /^[^\d.]+/.exec(rest)?.[0];
    if (name === undefined) return { error: `time: missing unit in duration ${quoted}` };
    rest = rest.slice(name.length);
    const unit = Object.hasOwn(GO_UNITS, name) ? GO_UNITS[name] : undefined;
    if (unit === undefined) return { error: `time: unknown unit ${JSON.stringify(name)} in duration ${quoted}` };
    ms += Number(digits) * unit;
    if (ms > MAX_MS) return { error: `time: invalid duration ${quoted}` };
  }
  return { ms: negative && ms !== 0 ? -ms : ms };
}

/** Either grammar; a refusal is worded by `grammar`'s parser. Negative ones only where Go's parser is the flag's own. */
export function parseEitherDuration(text: string, grammar: 'go' | 'prometheus'): ParsedDuration {
  const [own, other] =
    grammar === 'go' ? [parseGoDurationText, parsePrometheusDuration] : [parsePrometheusDuration, parseGoDurationText];
  const parsed = own(text);
  if (!('error' in parsed)) return parsed;
  const second = other(text);
  if ('error' in second || second.ms < 0) return parsed;
  return second;
}
