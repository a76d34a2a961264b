import { parseDuration } from '@tsanos/model';
import { ApiError, invalidParameter } from './api-error.ts';

/** Parameters of a request, body and URL merged, body first; all values of a name in order. */
export class Params {
  readonly #values = new Map<string, string[]>();

  /** Adds `name=value`. */
  add(name: string, value: string): void {
    const list = this.#values.get(name);
    if (list === undefined) this.#values.set(name, [value]);
    else list.push(value);
  }

  /** First value, '' when absent. */
  get(name: string): string {
    return this.#values.get(name)?.[0] ?? '';
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

/**
 * Prometheus' earliest and latest times in ms. Their exact values lie beyond 2^53; the int64 sentinels of the wire are
 * reached by saturation.
 */
export const MIN_TIME_MS = -9223309901257974;
export const MAX_TIME_MS = 9223309901257974;

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;
const GO_FLOAT = /^[+-]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?$|^[+-]?0[xX][\da-fA-F_]+$/;

/** Unix seconds with a fraction, or RFC 3339; ms. `undefined` when it is neither. */
export function parseTimeText(text: string): number | undefined {
  if (GO_FLOAT.test(text)) {
    const seconds = Number(text.replaceAll('_', ''));
    if (!Number.isFinite(seconds)) return undefined;
    const whole = Math.trunc(seconds);
    // Prometheus rounds the fraction to ms on its own, so that large times keep theirs.
    const ms = whole * 1000 + Math.round((seconds - whole) * 1000);
    return Math.min(Math.max(ms, MIN_TIME_MS), MAX_TIME_MS);
  }
  if (text === '-292273086-05-16T16:47:06Z') return MIN_TIME_MS;
  if (text === '292277025-08-18T07:12:54.999999999Z') return MAX_TIME_MS;
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day)) return undefined;
  const offset =
    zone === 'Z' ? 0 : (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)));
  return ms - offset * 60_000 + Math.floor(Number(`0.${fraction ?? '0'}`) * 1000);
}

/** `start` and `end` of range queries. */
export function requiredTime(params: Params, name: string): number {
  const text = params.get(name);
  const ms = parseTimeText(text);
  if (ms === undefined) throw invalidParameter(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return ms;
}

/** An optional time; `fallback` when absent or empty. */
export function optionalTime(params: Params, name: string, fallback: number): number {
  const text = params.get(name);
  if (text === '') return fallback;
  const ms = parseTimeText(text);
  if (ms === undefined) {
    throw invalidParameter(
      name,
      `invalid time value for '${name}': cannot parse ${JSON.stringify(text)} to a valid timestamp`,
    );
  }
  return ms;
}

/** Float seconds or a Prometheus duration, in ms; may be negative where seconds are. Throws an Error with Prometheus' text. */
export function parseDurationText(text: string): number {
  if (GO_FLOAT.test(text) || /^[+-]?(inf|nan)/i.test(text)) {
    const seconds = /nan/i.test(text)
      ? Number.NaN
      : /inf/i.test(text)
        ? Number.POSITIVE_INFINITY
        : Number(text.replaceAll('_', ''));
    if (Math.abs(seconds) * 1e9 >= 2 ** 63) {
      throw new Error(`cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`);
    }
    return seconds * 1000;
  }
  try {
    return parseDuration(text);
  } catch {
    throw new Error(`cannot parse ${JSON.stringify(text)} to a valid duration`);
  }
}

/** `step` in whole ms, > 0. An absent step is `fallbackMs` where there is one. */
export function requiredStep(params: Params, fallbackMs: number | undefined): number {
  const text = params.get('step');
  if (text === '' && fallbackMs !== undefined) return fallbackMs;
  const ms = durationOf('step', text);
  if (!(ms > 0)) {
    throw invalidParameter(
      'step',
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  // Prometheus cuts steps to whole ms, and divides by zero below one; there we say what is wrong.
  if (ms < 1) throw new ApiError('execution', 'the step is shorter than 1ms; try a longer one');
  return Math.trunc(ms);
}

/** An optional duration parameter in ms, `invalid parameter` when it cannot be read. */
export function optionalDuration(params: Params, name: string): number | undefined {
  const text = params.get(name);
  return text === '' ? undefined : durationOf(name, text);
}

function durationOf(name: string, text: string): number {
  try {
    return parseDurationText(text);
  } catch (error) {
    throw invalidParameter(name, (error as Error).message);
  }
}

/** `lookback_delta` has an error text of its own. */
export function lookbackDelta(params: Params): number | undefined {
  const text = params.get('lookback_delta');
  if (text === '') return undefined;
  try {
    return parseDurationText(text);
  } catch (error) {
    throw new ApiError('bad_data', `error parsing lookback delta duration: ${(error as Error).message}`);
  }
}

/** `limit`: 0 = none. */
export function limitOf(params: Params): number {
  const text = params.get('limit');
  if (text === '') return 0;
  if (!/^[+-]?\d+$/.test(text)) {
    throw invalidParameter('limit', `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const limit = Number(text);
  if (!Number.isSafeInteger(limit)) {
    throw invalidParameter('limit', `strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`);
  }
  if (limit < 0) throw invalidParameter('limit', 'limit must be non-negative');
  return limit;
}

const GO_BOOL: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

/** A boolean of Thanos' own parameters (`dedup`, `partial_response`), in Go's spellings. */
export function optionalBool(params: Params, name: string, fallback: boolean): boolean {
  const text = params.get(name);
  if (text === '') return fallback;
  const value = GO_BOOL[text];
  if (value === undefined) {
    throw new ApiError(
      'bad_data',
      `'${name}' parameter: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return value;
}
