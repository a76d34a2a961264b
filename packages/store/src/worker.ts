import type { EngineFactory } from '@tsanos/runtime';
import { StoreEngine, storeHandlers } from './engine/store-engine.ts';

export { StoreEngine, storeHandlers };

/** The store's engine for a worker of its own process. */
export const createEngine: EngineFactory = (env) => {
  const engine = new StoreEngine(env);
  return { handlers: storeHandlers(engine), close: () => engine.close() };
};
