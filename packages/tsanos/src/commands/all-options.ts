import { QUERY_OPTIONS } from '@tsanos/querier/options';
import { OBJSTORE_OPTIONS, type Option } from '@tsanos/runtime/options';
import { STORE_OPTIONS } from '@tsanos/store/options';

const RANK = { works: 2, 'no-effect': 1, 'not-yet': 0 } as const;

/**
 * What `tsanos all` takes: what store and querier take, each name once; the bucket need not be named. Where both have an option, the
 * declaration counts that says more of it works. Replicas are one view without a flag, by the label that most set-ups (and the demo) have.
 */
export const ALL_OPTIONS: readonly Option[] = merged([...OBJSTORE_OPTIONS, ...STORE_OPTIONS, ...QUERY_OPTIONS]).map(
  (option) => (option.name === 'query.replica-label' ? { ...option, default: 'replica' } : option),
);

function merged(options: readonly Option[]): Option[] {
  const byName = new Map<string, Option>();
  for (const option of options) {
    const known = byName.get(option.name);
    if (known === undefined || RANK[option.status] > RANK[known.status]) byName.set(option.name, option);
  }
  return [...byName.values()];
}
