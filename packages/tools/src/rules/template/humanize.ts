import { formatDigits, printValue } from './go-format.ts';

const LARGE = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const SMALL = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const BINARY = ['', 'ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];

/** `%.4g` with a prefix for powers of 1000. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return formatDigits(value, 4);
  if (Math.abs(value) >= 1) return scale(value, LARGE, 1000);
  let v = value;
  let prefix = '';
  for (let i = 1; i < SMALL.length && Math.abs(v) < 1; i++) {
    prefix = SMALL[i];
    v *= 1000;
  }
  return formatDigits(v, 4) + prefix;
}

function scale(value: number, prefixes: readonly string[], base: number): string {
  let v = value;
  let i = 0;
  for (; i + 1 < prefixes.length && Math.abs(v) >= base; i++) v /= base;
  return formatDigits(v, 4) + prefixes[i];
}

/** `%.4g` with a prefix for powers of 1024. */
export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return formatDigits(value, 4);
  return scale(value, BINARY, 1024);
}

/** Seconds as `1d 2h 3m 4s`, `12.5ms`. */
export function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return formatDigits(value, 4);
  if (value === 0) return '0s';
  const size = Math.abs(value);
  if (size < 1) return `${humanize(value)}s`;
  const sign = value < 0 ? '-' : '';
  if (size < 60) return `${sign}${formatDigits(size, 4)}s`;
  const total = Math.trunc(size);
  const seconds = total % 60;
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600) % 24;
  const days = Math.floor(total / 86_400);
  if (days !== 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours !== 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  return `${sign}${minutes}m ${seconds}s`;
}

/** A ratio in percent. */
export function humanizePercentage(value: number): string {
  return `${formatDigits(value * 100, 4)}%`;
}

/** Unix seconds as Go prints a time in UTC. */
export function humanizeTimestamp(value: number): string {
  if (!Number.isFinite(value)) return printValue(value);
  return `${timeText(value)} UTC`;
}

function timeText(seconds: number): string {
  const whole = Math.floor(seconds);
  const iso = new Date(whole * 1000).toISOString();
  const nanos = Math.round((seconds - whole) * 1e9);
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction} +0000`;
}
