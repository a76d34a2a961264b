import { QUERY_OPTIONS } from '@tsanos/querier/options';
import { OBJSTORE_OPTIONS, type Option } from '@tsanos/runtime/options';
import { STORE_OPTIONS } from '@tsanos/store/options';

/** What `tsanos all` takes: what store and querier take, each name once; the bucket need not be named. */
export const ALL_OPTIONS: readonly Option[] = unique([...OBJSTORE_OPTIONS, ...STORE_OPTIONS, ...QUERY_OPTIONS]);

function unique(options: readonly Option[]): Option[] {
  const byName = new Map<string, Option>();
  for (const option of options) if (!byName.has(option.name)) byName.set(option.name, option);
  return [...byName.values()];
}
