import { compareUtf8, createMatcher, type Labels, type Matcher } from '@tsanos/model';

/** Whether a child with these label sets can have series that match: a set speaks against it only by a label it has. */
export function labelSetsMatch(labelSets: readonly Labels[], matchers: readonly Matcher[]): boolean {
  if (labelSets.length === 0) return true;
  return labelSets.some((labels) =>
    matchers.every((matcher) => {
      const value = labels.get(matcher.name);
      return value === '' || matcher.matches(value);
    }),
  );
}

/**
 * Matchers that keep a child to the label sets that a selector kept: for every name of them `name =~ "v1|v2"`, and the empty value where
 * a kept set lacks the name.
 */
export function restrictingMatchers(endpoint: { readonly keptLabelSets?: readonly Labels[] | undefined }): Matcher[] {
  const kept = endpoint.keptLabelSets;
  if (kept === undefined || kept.length === 0) return [];
  const names = new Set(kept.flatMap((labels) => Array.from(labels, ([name]) => name)));
  return [...names].sort(compareUtf8).map((name) => {
    const values = new Set(kept.map((labels) => labels.get(name)));
    const lacks = values.delete('');
    const alternatives = [...values].sort(compareUtf8).map(quoteRegex);
    if (lacks) alternatives.push('^$');
    return createMatcher('=~', name, alternatives.join('|'));
  });
}

function quoteRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
