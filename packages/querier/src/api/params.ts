import { parseDuration } from '@tsanos/model';
import { ApiError, invalidParameter } from './api-error.ts';
import { goFloat, parseTimeText, type ApiTime } from './api-time.ts';

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

/** `start` and `end` of range queries. */
export function requiredTime(params: Params, name: string): ApiTime {
  const text = params.get(name);
  const time = parseTimeText(text);
  if (time === undefined) throw invalidParameter(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return time;
}

/** An optional time; `fallback` when absent or empty. */
export function optionalTime(params: Params, name: string, fallback: ApiTime): ApiTime {
  const text = params.get(name);
  if (text === '') return fallback;
  const time = parseTimeText(text);
  if (time === undefined) {
    throw invalidParameter(
      name,
      `invalid time value for '${name}': cannot parse ${JSON.stringify(text)} to a valid timestamp`,
    );
  }
  return time;
}

/** Float seconds or a Prometheus duration, in ms; may be negative where seconds are. Throws an Error with Prometheus' text. */
export function parseDurationText(text: string): number {
  const seconds = goFloat(text);
  if (seconds !== undefined) {
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

/** `step` in ms, > 0; what is below a whole ms is the caller's to cut. An absent step is `fallbackMs` where there is one. */
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
  return ms;
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
