import { parsePrometheusDuration } from './durations.ts';

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** A point in time from a flag: fixed, or moving along with the present. */
export class TimeValue {
  readonly #fixedMs: number | undefined;
  readonly #offsetMs: number;

  private constructor(fixedMs: number | undefined, offsetMs: number) {
    this.#fixedMs = fixedMs;
    this.#offsetMs = offsetMs;
  }

  /** RFC 3339, or a duration that is added to the present (`-1d` is yesterday); else the text of the refusal. */
  static parse(text: string): TimeValue | { readonly error: string } {
    if (RFC3339.test(text)) {
      const ms = Date.parse(text);
      if (!Number.isNaN(ms)) return new TimeValue(ms, 0);
    }
    const negative = text.startsWith('-');
    const parsed = parsePrometheusDuration(negative ? text.slice(1) : text);
    if ('error' in parsed) return parsed;
    return new TimeValue(undefined, negative ? -parsed.ms : parsed.ms);
  }

  /** ms since the epoch, seen from `nowMs`. */
  at(nowMs: number): number {
    return this.#fixedMs ?? nowMs + this.#offsetMs;
  }
}
