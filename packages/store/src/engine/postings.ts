import type { Matcher } from '@tsanos/model';

/** What the plan needs of an index-header. */
export interface ValueIndex {
  /** All values of a label name, sorted; none when the name does not occur. */
  labelValues(name: string): readonly string[];
}

/** Postings lists by label value: the series that carry one of `values`. */
export interface PostingsGroup {
  readonly name: string;
  readonly values: readonly string[];
}

/** How to find the series of some matchers: all of `add` intersected, without any of `remove`. */
export interface PostingsPlan {
  /** No series can match. */
  readonly empty: boolean;
  /** Start from all series: nothing to intersect. */
  readonly all: boolean;
  readonly add: readonly PostingsGroup[];
  readonly remove: readonly PostingsGroup[];
}

const NOTHING: PostingsPlan = { empty: true, all: false, add: [], remove: [] };

/**
 * Plans the postings of matchers, as Prometheus does: a matcher that accepts the empty string takes away the values it rejects,
 * another one brings in the values it accepts; regexes look at each distinct value once, never at series.
 */
export function planPostings(matchers: readonly Matcher[], index: ValueIndex): PostingsPlan {
  const add: PostingsGroup[] = [];
  const remove: PostingsGroup[] = [];
  let all = false;
  for (const matcher of matchers) {
    if (matcher.name === '' && matcher.value === '') {
      all = true;
      continue;
    }
    if (matcher.matches('')) {
      const values = rejectedValues(matcher, index);
      if (values.length > 0) remove.push({ name: matcher.name, values });
      continue;
    }
    const values = acceptedValues(matcher, index);
    if (values.length === 0) return NOTHING;
    add.push({ name: matcher.name, values });
  }
  return { empty: false, all: all || add.length === 0, add, remove };
}

/** The values the matcher accepts; those it names may not occur in the block. */
function acceptedValues(matcher: Matcher, index: ValueIndex): readonly string[] {
  const set = matcher.setMatches();
  if (set !== undefined && set.length > 0) return [...new Set(set)].sort();
  return index.labelValues(matcher.name).filter((value) => matcher.matches(value));
}

/** The values a matcher that accepts '' rejects. `!=` and `!~` of a finite set reject just that set. */
function rejectedValues(matcher: Matcher, index: ValueIndex): readonly string[] {
  if (matcher.type === '!=' && matcher.value !== '') return [matcher.value];
  return index.labelValues(matcher.name).filter((value) => !matcher.matches(value));
}
