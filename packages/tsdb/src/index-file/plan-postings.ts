import { compareUtf8, type Matcher } from '@tsanos/model';
import { intersectPostings, subtractPostings, unionPostings } from './postings-sets.ts';

/** What the plan needs of an index: the values of a label name that pass a filter and begin with a prefix, sorted. */
export interface ValueIndex {
  labelValues(name: string, filter?: (value: string) => boolean, prefix?: string): readonly string[];
}

/** Series that carry one of `values`, which may not all occur; name and value '' are all series. */
export interface PostingsGroup {
  readonly name: string;
  readonly values: readonly string[];
}

/** How to find the series of some matchers: those of all `add` groups without those of any `remove` group. Nothing to add: none. */
export interface PostingsPlan {
  readonly add: readonly PostingsGroup[];
  readonly remove: readonly PostingsGroup[];
}

const ALL: PostingsGroup = { name: '', values: [''] };

/**
 * Plans the postings of matchers as Prometheus does; a label that a series lacks is the empty string. Each regex sees every distinct value once,
 * never a series. A matcher that accepts '' takes away what it rejects, any other brings in what it accepts; taking away comes last. No matchers: all series.
 */
export function planPostings(matchers: readonly Matcher[], index: ValueIndex): PostingsPlan {
  const add: PostingsGroup[] = [];
  const remove: PostingsGroup[] = [];
  for (const matcher of matchers) {
    if (matcher.name === '' && matcher.value === '' && matcher.type === '=') continue;
    if (!matcher.matches('')) {
      const values = acceptedValues(matcher, index);
      if (values.length === 0) return { add: [], remove: [] };
      add.push({ name: matcher.name, values });
    } else if (!(matcher.type === '=~' && matcher.value === '.*')) {
      const values = rejectedValues(matcher, index);
      if (values.length > 0) remove.push({ name: matcher.name, values });
    }
  }
  return { add: add.length === 0 ? [ALL] : add, remove };
}

/** Carries a plan out over the lists of its groups, in the order of the plan. */
export function combinePostings(
  added: readonly (readonly Uint32Array[])[],
  removed: readonly (readonly Uint32Array[])[],
): Uint32Array {
  let result = intersectPostings(added.map(unionPostings));
  for (const lists of removed) {
    if (result.length === 0) break;
    result = subtractPostings(result, unionPostings(lists));
  }
  return result;
}

function acceptedValues(matcher: Matcher, index: ValueIndex): readonly string[] {
  const set = matcher.setMatches();
  if (set !== undefined && set.length > 0) return ascending(set);
  return index.labelValues(matcher.name, (value) => matcher.matches(value), matcher.prefix);
}

function rejectedValues(matcher: Matcher, index: ValueIndex): readonly string[] {
  const set = matcher.setRejects();
  if (set !== undefined && set.length > 0) return ascending(set);
  return index.labelValues(matcher.name, (value) => !matcher.matches(value));
}

/** Tables are walked once when values ascend. */
function ascending(values: readonly string[]): readonly string[] {
  return values.length < 2 ? values : [...values].sort(compareUtf8);
}
