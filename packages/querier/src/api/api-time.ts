/** A point in time as the API reads it. Within the years 1678 to 2261 all three mean the same. */
export interface ApiTime {
  /** Unix seconds, to tell earlier from later. */
  readonly seconds: number;
  /** ms at which a query is evaluated: Go's nanoseconds in 64 bits wrap around, and Prometheus with them. */
  readonly queryMs: number;
  /** ms for labels and series, where ms wrap around. */
  readonly ms: number;
}

/** Prometheus' earliest and latest times, whose ms would not fit: beyond them there is nothing. */
export const MIN_TIME: ApiTime = { seconds: -9223309901257974, queryMs: -9223309901257974, ms: -9223309901257974 };
export const MAX_TIME: ApiTime = { seconds: 9223309901257974, queryMs: 9223309901257974, ms: 9223309901257974 };

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;
const GO_FLOAT = /^[+-]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?$|^[+-]?0[xX][\da-fA-F_]+$/;
const NOT_FINITE = /^([+-]?)(inf|infinity|nan)$/i;
/** Seconds within which nanoseconds fit 64 bits. */
const SAFE_SECONDS = 9_223_372_036;

/** A number as Go's ParseFloat reads it; undefined when it is none or too large for a float. */
export function goFloat(text: string): number | undefined {
  const special = NOT_FINITE.exec(text);
  if (special !== null) {
    const [, sign, name] = special;
    if (name.toLowerCase() === 'nan') return sign === '' ? Number.NaN : undefined;
    return sign === '-' ? -Infinity : Infinity;
  }
  if (!GO_FLOAT.test(text)) return undefined;
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}

/** Unix seconds with a fraction, or RFC 3339. `undefined` when it is neither. */
export function parseTimeText(text: string): ApiTime | undefined {
  const seconds = goFloat(text);
  if (seconds !== undefined) return timeOfSeconds(seconds);
  if (text === '-292273086-05-16T16:47:06Z') return MIN_TIME;
  if (text === '292277025-08-18T07:12:54.999999999Z') return MAX_TIME;
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day)) return undefined;
  const offset =
    zone === 'Z' ? 0 : (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)));
  const exact = ms - offset * 60_000 + Math.floor(Number(`0.${fraction ?? '0'}`) * 1000);
  return Math.abs(exact) < SAFE_SECONDS * 1000 ? timeOfMs(exact) : timeOfSeconds(exact / 1000);
}

/** What is within the range of nanoseconds. */
export function timeOfMs(ms: number): ApiTime {
  return { seconds: ms / 1000, queryMs: ms, ms };
}

function timeOfSeconds(seconds: number): ApiTime {
  const whole = Math.trunc(seconds);
  // Prometheus rounds the fraction to ms on its own, so that large times keep theirs.
  if (Math.abs(seconds) < SAFE_SECONDS) return timeOfMs(whole * 1000 + goRound((seconds - whole) * 1000));
  return wrapped(whole, goRound((seconds - whole) * 1000) / 1000);
}

const NANO = 1_000_000_000n;
const MILLI = 1_000_000n;
/** From Go's year 1 to 1970. */
const YEAR_ONE_TO_UNIX = 62_135_596_800n;
const wrap = (n: bigint): bigint => BigInt.asIntN(64, n);

/** As Go's `time.Unix(int64(whole), int64(fraction·10⁹))` and its `UnixNano` and `Unix` have it. */
function wrapped(whole: number, fraction: number): ApiTime {
  let seconds = goInt64(whole);
  let nanos = goInt64(fraction * 1e9);
  seconds = wrap(seconds + nanos / NANO);
  nanos %= NANO;
  if (nanos < 0n) {
    nanos += NANO;
    seconds = wrap(seconds - 1n);
  }
  return {
    seconds: Number(wrap(seconds + YEAR_ONE_TO_UNIX) - YEAR_ONE_TO_UNIX),
    queryMs: Number(wrap(seconds * NANO + nanos) / MILLI),
    ms: Number(wrap(wrap(seconds * 1000n) + nanos / MILLI)),
  };
}

/** Half goes away from zero. */
function goRound(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

/** Go's conversion on amd64: what does not fit becomes the least int64. */
function goInt64(value: number): bigint {
  return value >= -(2 ** 63) && value < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);
}
