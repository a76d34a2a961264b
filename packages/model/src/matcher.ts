export type MatchType = '=' | '!=' | '=~' | '!~';

/**
 * A label matcher with Prometheus' semantics: regexes are RE2, fully anchored, dot matches newline; an absent label is the
 * empty string. Build with `createMatcher`, which throws a TsanosError of kind bad-input with Go's text for a bad regex.
 */
export interface Matcher {
  readonly type: MatchType;
  readonly name: string;
  readonly value: string;
  matches(value: string): boolean;
  /** The finite set of values a regex (or `=`) can match, when it is one; for postings look-ups. */
  setMatches(): readonly string[] | undefined;
  /** The finite set of values that a `!~` or `!=` rejects, when it is one; undefined for `=` and `=~`. */
  setRejects(): readonly string[] | undefined;
  /** A literal prefix that every matching value has, '' when none. */
  readonly prefix: string;
  /** `name="value"` as Prometheus prints it. */
  toString(): string;
}
