const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Units; the first two are used only where they come out even. */
const UNITS: readonly (readonly [name: string, ms: number, exact: boolean])[] = [
  ['y', 365 * DAY, true],
  ['w', 7 * DAY, true],
  ['d', DAY, false],
  ['h', HOUR, false],
  ['m', MINUTE, false],
  ['s', SECOND, false],
  ['ms', 1, false],
];

/** Prometheus' text of a duration in ms, not negative: `1h30m`, `2w`, `0s`. */
export function formatDurationMs(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let out = '';
  for (const [name, size, exact] of UNITS) {
    if (exact && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count === 0) continue;
    out += `${count}${name}`;
    rest -= count * size;
  }
  return out;
}
