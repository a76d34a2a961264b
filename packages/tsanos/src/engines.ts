import { TsanosError } from '@tsanos/bytes';
import type { EngineFactory, EngineLoader } from '@tsanos/runtime';

/** The engines that components offer at `./worker`; each loads its code only where it is needed. */
const engines: Readonly<Record<string, () => Promise<object>>> = {
  all: () => import('./commands/all-engine.ts'),
  query: () => import('@tsanos/querier/worker'),
  store: () => import('@tsanos/store/worker'),
};

/** Finds an engine by the name of its component. */
export const loadEngine: EngineLoader = async (name) => {
  const load = Object.hasOwn(engines, name) ? engines[name] : undefined;
  const module = await load?.();
  if (module === undefined || !('createEngine' in module) || typeof module.createEngine !== 'function') {
    throw new TsanosError('internal', 'engine-unknown', `there is no engine ${name}`);
  }
  return module.createEngine as EngineFactory;
};
