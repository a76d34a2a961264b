import { QUERY_ONLY_OPTIONS } from '@tsanos/querier/options';
import {
  ENGINE_OPTIONS,
  GRPC_SERVER_OPTIONS,
  HTTP_OPTIONS,
  OBJSTORE_OPTIONS,
  REQUEST_LOGGING_OPTIONS,
  type Option,
} from '@tsanos/runtime/options';
import { STORE_ONLY_OPTIONS } from '@tsanos/store/options';

/** What `tsanos all` takes: what store and querier take, each name once; the store's where both have one. */
export const ALL_OPTIONS: readonly Option[] = unique([
  ...HTTP_OPTIONS,
  ...GRPC_SERVER_OPTIONS,
  ...OBJSTORE_OPTIONS,
  ...STORE_ONLY_OPTIONS,
  ...QUERY_ONLY_OPTIONS,
  ...REQUEST_LOGGING_OPTIONS,
  ...ENGINE_OPTIONS,
]);

function unique(options: readonly Option[]): Option[] {
  const byName = new Map<string, Option>();
  for (const option of options) if (!byName.has(option.name)) byName.set(option.name, option);
  return [...byName.values()];
}
