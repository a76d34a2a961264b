import type { EngineFactory } from '@tsanos/runtime';
import { createQueryEngine } from './engine/handlers.ts';

export { createQueryEngine };

/** The querier's engine for a worker of its own process. */
export const createEngine: EngineFactory = (env) => createQueryEngine(env, []);
