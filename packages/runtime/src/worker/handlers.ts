import { TsanosError } from '@tsanos/bytes';
import type { EngineLoader, WorkerEngine, WorkerEnv, WorkerHandler } from './engine.ts';

/** The engines of one thread with all their handlers by name. */
export async function loadEngines(
  names: readonly string[],
  load: EngineLoader,
  env: WorkerEnv,
): Promise<{ engines: WorkerEngine[]; handlers: Map<string, WorkerHandler> }> {
  const engines: WorkerEngine[] = [];
  const handlers = new Map<string, WorkerHandler>();
  for (const name of names) {
    const engine = await (await load(name))(env);
    engines.push(engine);
    for (const [key, handler] of Object.entries(engine.handlers)) {
      if (handlers.has(key))
        throw new TsanosError('internal', 'handler-twice', `two engines of [${names.join()}] have a handler ${key}`);
      handlers.set(key, handler);
    }
  }
  return { engines, handlers };
}

export function isStream(answer: Promise<unknown> | AsyncIterable<Uint8Array>): answer is AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in answer;
}

export function unknownHandler(name: string, handlers: ReadonlyMap<string, unknown>): TsanosError {
  return new TsanosError(
    'internal',
    'handler-unknown',
    `no engine has a handler ${name}; there are: ${[...handlers.keys()].join(', ')}`,
  );
}
