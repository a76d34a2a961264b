import type { Matcher } from '@tsanos/model';
import type { IndexReader } from './index-reader.ts';
import { combinePostings, planPostings, type PostingsGroup } from './plan-postings.ts';

/** What is asked of an index to find the series of matchers. */
export type PostingsSource = Pick<IndexReader, 'labelValues' | 'postings'>;

/** The ids of the series that all matchers accept, ascending; see `planPostings`. */
export async function postingsForMatchers(index: PostingsSource, matchers: readonly Matcher[]): Promise<Uint32Array> {
  const { add, remove } = planPostings(matchers, index);
  const lists = async (groups: readonly PostingsGroup[]): Promise<Uint32Array[][]> => {
    const found: Uint32Array[][] = [];
    for (const { name, values } of groups) found.push(await index.postings(name, values));
    return found;
  };
  const added = await lists(add);
  return combinePostings(added, added.some((group) => group.length === 0) ? [] : await lists(remove));
}
