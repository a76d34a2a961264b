import { TsanosError } from '@tsanos/bytes';
import { RE2JS } from 're2js';
import { isLegacyLabelName, quote } from './label-text.ts';
import type { Matcher, MatchType } from './matcher.ts';
import { analyseRegex, type RegexShape } from './regex-shape.ts';

/** Values whose verdict a regex remembers; label values repeat. */
const MEMO_ENTRIES = 10_000;

/**
 * Builds a matcher. A bad regex is a TsanosError of kind bad-input whose message is Go's: ``error parsing regexp: …``.
 */
export function createMatcher(type: MatchType, name: string, value: string): Matcher {
  switch (type) {
    case '=':
      return make(type, name, value, (v) => v === value, [value], value);
    case '!=':
      return make(type, name, value, (v) => v !== value, undefined, '', [value]);
    case '=~': {
      const shape = shapeOf(value);
      return make(type, name, value, regexTest(value, shape), shape.set, shape.prefix);
    }
    case '!~': {
      const shape = shapeOf(value);
      const matches = regexTest(value, shape);
      return make(type, name, value, (v) => !matches(v), undefined, '', shape.set);
    }
  }
}

function make(
  type: MatchType,
  name: string,
  value: string,
  matches: (value: string) => boolean,
  set: readonly string[] | undefined,
  prefix: string,
  rejects?: readonly string[],
): Matcher {
  return {
    type,
    name,
    value,
    matches,
    setMatches: () => set,
    setRejects: () => rejects,
    prefix,
    toString: () => `${isLegacyLabelName(name) ? name : quote(name)}${type}${quote(value)}`,
  };
}

/** The shape of a pattern that compiles: the bare one comes first, so that errors quote what the user wrote. */
function shapeOf(pattern: string): RegexShape {
  compile(pattern);
  return analyseRegex(pattern);
}

/** Compiles a fully anchored RE2 regex in which dot matches newline, with the fast way its shape allows. */
function regexTest(pattern: string, shape: RegexShape): (value: string) => boolean {
  if (shape.test !== undefined) return shape.test;
  const regex = compile(`^(?s:${pattern})$`);
  const memo = new Map<string, boolean>();
  return (value) => {
    if (!value.startsWith(shape.prefix)) return false;
    let verdict = memo.get(value);
    if (verdict === undefined) {
      verdict = regex.matcher(value).matches();
      if (memo.size >= MEMO_ENTRIES) memo.clear();
      memo.set(value, verdict);
    }
    return verdict;
  };
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.includes('duplicate capture group name')) return compile(withoutGroupNames(pattern));
    const text = message.replace(/^.*?error parsing regexp/s, 'error parsing regexp');
    // Go ends this one with the (empty) rest of the pattern.
    throw new TsanosError(
      'bad-input',
      'bad-regex',
      text.endsWith('backslash at end of expression') ? `${text}: \`\`` : text,
      { pattern },
    );
  }
}

/** Names of groups mean nothing to a matcher, and Go allows one twice where this regex engine does not. */
function withoutGroupNames(pattern: string): string {
  return pattern.replace(/(\\.)|\(\?P?<[^>]*>/gs, (all, escaped: string | undefined) =>
    escaped === undefined ? '(' : all,
  );
}
