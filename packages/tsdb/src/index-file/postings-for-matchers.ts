import type { Matcher } from '@tsanos/model';
import type { IndexReader } from './index-reader.ts';
import { intersectPostings, subtractPostings, unionPostings } from './postings-sets.ts';

/** What is asked of an index to find the series of matchers. */
export type PostingsSource = Pick<IndexReader, 'labelValues' | 'postings' | 'allPostings'>;

/**
 * The ids of the series that all matchers accept, ascending; a label that a series lacks is the empty string. Each regex sees every distinct
 * value once, never a series. A matcher that accepts '' takes away what it rejects, any other brings in what it accepts; taking away
 * comes last. No matchers: all series.
 */
export async function postingsForMatchers(index: PostingsSource, matchers: readonly Matcher[]): Promise<Uint32Array> {
  const add: Uint32Array[] = [];
  const remove: Uint32Array[] = [];
  for (const matcher of matchers) {
    if (matcher.name === '' && matcher.value === '' && matcher.type === '=') {
      add.push(await index.allPostings());
    } else if (!matcher.matches('')) {
      const list = await accepted(index, matcher);
      if (list.length === 0) return list;
      add.push(list);
    } else if (!(matcher.type === '=~' && matcher.value === '.*')) {
      remove.push(await rejected(index, matcher));
    }
  }
  let result = add.length === 0 ? await index.allPostings() : intersectPostings(add);
  for (const list of remove) result = subtractPostings(result, list);
  return result;
}

/** Series with a value that a matcher accepts which does not accept ''. */
async function accepted(index: PostingsSource, matcher: Matcher): Promise<Uint32Array> {
  const set = matcher.setMatches();
  const values =
    set !== undefined && set.length > 0
      ? [...new Set(set)].filter((value) => matcher.matches(value))
      : index.labelValues(matcher.name, (value) => matcher.matches(value), matcher.prefix);
  return unionPostings(await index.postings(matcher.name, values));
}

/** Series with a value that a matcher rejects which accepts ''. */
async function rejected(index: PostingsSource, matcher: Matcher): Promise<Uint32Array> {
  const values =
    matcher.type === '!=' ? [matcher.value] : index.labelValues(matcher.name, (value) => !matcher.matches(value));
  return unionPostings(await index.postings(matcher.name, values));
}
