import { createQueryEngine } from '@tsanos/querier/worker';
import type { EngineFactory } from '@tsanos/runtime';
import { StoreEngine, storeHandlers } from '@tsanos/store/worker';

/** Store and querier on one thread: the querier asks the store right here, without gRPC. */
export const createEngine: EngineFactory = (env) => {
  const store = new StoreEngine(env);
  const query = createQueryEngine(env, [{ source: store, info: () => store.info() }]);
  return {
    handlers: { ...storeHandlers(store), ...query.handlers },
    close: async () => {
      await query.close?.();
      await store.close();
    },
  };
};
