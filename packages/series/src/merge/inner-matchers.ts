import type { Labels, Matcher } from '@tsanos/model';

/** The matchers left for series below external labels; undefined when an external label does not match. */
export function innerMatchers(matchers: readonly Matcher[], external: Labels): readonly Matcher[] | undefined {
  const inner: Matcher[] = [];
  for (const matcher of matchers) {
    if (!external.has(matcher.name)) inner.push(matcher);
    else if (!matcher.matches(external.get(matcher.name))) return undefined;
  }
  return inner;
}
