import { TsanosError } from '@tsanos/bytes';
import { quote } from './label-text.ts';

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
/** int64 nanoseconds. */
const MAX_MS = 9_223_372_036_854;

/** Reads Prometheus' durations (`1h30m`, `2w`, `0`), each unit once and in order; ms. The error texts are Prometheus'. */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  if (text === '') throw bad('empty duration string');
  const invalid = (): TsanosError => bad(`not a valid duration string: ${quote(text)}`);
  let ms = 0;
  let lastUnit = -1;
  for (let at = 0; at < text.length;) {
    const digits = /^[0-9]+/.exec(text.slice(at))?.[0];
    if (digits === undefined || Number(digits) >= 2 ** 64) throw invalid();
    at += digits.length;
    const unit = /^[^0-9]*/.exec(text.slice(at))![0];
    if (unit === '') throw invalid();
    at += unit.length;
    const index = UNITS.findIndex(([name]) => name === unit);
    if (index < 0) throw bad(`unknown unit ${quote(unit)} in duration ${quote(text)}`);
    if (index <= lastUnit) throw invalid();
    lastUnit = index;
    ms += Number(digits) * UNITS[index][1];
    if (ms > MAX_MS) throw bad('duration out of range');
  }
  return ms;
}

/** The same with a sign in front. */
export function parseSignedDuration(text: string): number {
  return text.startsWith('-') ? 0 - parseDuration(text.slice(1)) : parseDuration(text);
}

function bad(message: string): TsanosError {
  return new TsanosError('bad-input', 'bad-duration', message);
}

/** Prometheus' form: years and weeks only where they divide the value exactly. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = Math.abs(ms);
  let text = ms < 0 ? '-' : '';
  for (const [unit, size] of UNITS) {
    const exactOnly = unit === 'y' || unit === 'w';
    if (exactOnly && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count === 0) continue;
    text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

const GO_UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Reads Go's durations (`1h30m`, `1.5s`, `-2m`, `100us`); ms with a fraction. */
export function parseGoDuration(text: string): number {
  const match = /^([+-]?)((?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.exec(text);
  if (text === '0' || text === '+0' || text === '-0') return 0;
  if (match === null) throw bad(`time: invalid duration ${JSON.stringify(text)}`);
  let ms = 0;
  for (const part of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g))
    ms += Number(part[1]) * GO_UNIT_MS[part[2]];
  return match[1] === '-' ? -ms : ms;
}

/** Go's form of a duration: `1h0m0s`, `2m0s`, `1.5s`, `100ms`. */
export function formatGoDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const abs = Math.abs(ms);
  if (abs < 1) return `${sign}${trimmed(abs * 1000)}µs`;
  if (abs < 1000) return `${sign}${trimmed(abs)}ms`;
  const hours = Math.floor(abs / 3_600_000);
  const minutes = Math.floor((abs % 3_600_000) / 60_000);
  const seconds = `${trimmed((abs % 60_000) / 1000)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

function trimmed(n: number): string {
  return String(Number(n.toFixed(9)));
}
