import { availableParallelism, totalmem } from 'node:os';
import { TsanosError, type Logger } from '@tsanos/bytes';
import {
  createWorkerPool,
  Group,
  HttpServer,
  operationRoutes,
  Prober,
  Registry,
  setBuildInfo,
  stopSignal,
  WebConfig,
  type BuildInfo,
  type MemoryLimits,
  type OptionValues,
} from '@tsanos/runtime';
import { COMMON_OPTIONS, ENGINE_OPTIONS, GRPC_SERVER_OPTIONS, HTTP_OPTIONS } from '@tsanos/runtime/options';
import type { ComponentCommand } from './commands/components.ts';
import { loadEngine } from './engines.ts';

/** Every component command has these. */
const PROCESS_OPTIONS = [...COMMON_OPTIONS, ...HTTP_OPTIONS, ...GRPC_SERVER_OPTIONS] as const;

/**
 * Runs components in this process until a signal: HTTP answers at once, then they start in order. At the end readiness goes first, then the
 * components in reverse, then HTTP. Throws when something cannot start.
 */
export async function runComponents(
  name: string,
  command: ComponentCommand,
  values: OptionValues,
  log: Logger,
  build: BuildInfo,
): Promise<void> {
  const options = values.part(PROCESS_OPTIONS);
  const metrics = new Registry();
  setBuildInfo(metrics, build);
  const prober = new Prober(command.component, metrics);
  const flags = values.dump();
  const web = await WebConfig.load(options.get('http.config'));
  const tenantHeader = flags['query.tenant-header']?.toLowerCase() ?? '';
  const http = await HttpServer.create({
    address: options.get('http-address'),
    log,
    metrics,
    web,
    disableCors: flags['web.disable-cors'] === 'true',
    ...(command.tenants
      ? {
          tenantOf: (request) =>
            request.headers[tenantHeader] ?? request.headers['thanos-tenant'] ?? flags['query.default-tenant-id'] ?? '',
        }
      : {}),
  });
  for (const route of operationRoutes(metrics, prober)) http.add(route);

  const engine = command.engines.length > 0 ? values.part(ENGINE_OPTIONS) : undefined;
  const wanted = engine?.get('engine.workers') ?? 0;
  const pool = await createWorkerPool({
    size: wanted < 0 ? availableParallelism() : wanted,
    engines: command.engines,
    entry: new URL(`./worker${import.meta.filename.endsWith('.ts') ? '.ts' : '.mjs'}`, import.meta.url),
    load: loadEngine,
    log,
    metrics,
    ...(engine === undefined ? {} : { memory: memoryLimits(engine) }),
    debug: options.get('log.level') === 'debug',
  });
  const stopped = stopSignal();
  let stopping = false;
  try {
    const group = new Group(await command.create(values, { log, metrics, http, pool, build, flags }), log);
    prober.watch(() => group.notReady());
    await http.listen();
    prober.setHealthy(true);
    log.info(`starting ${name} node`, { version: build.version });
    const grace = Math.max(options.get('http-grace-period'), options.get('grpc-grace-period'));
    const end = async (): Promise<void> => {
      prober.stopping();
      const deadline = AbortSignal.timeout(Math.max(1, grace));
      await group.stop(deadline);
      await http.close(options.get('http-grace-period') > 0 ? deadline : AbortSignal.abort());
    };
    try {
      const first = await Promise.race([group.start(), stopped]);
      if (first === undefined) await stopped;
      stopping = true;
      log.info('caught signal. Exiting.', { signal: await stopped });
    } catch (error) {
      await end();
      throw new TsanosError('internal', 'component-failed', `${name} command failed`, {}, error);
    }
    await end();
    prober.setHealthy(false);
    log.info('exiting');
  } finally {
    await pool.close();
    if (!stopping) await http.close(AbortSignal.abort());
  }
}

/** Memory that requests may hold: as told, or half of what the container or the machine has. */
function memoryLimits(options: OptionValues<typeof ENGINE_OPTIONS>): MemoryLimits {
  const constrained = process.constrainedMemory();
  const all = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
  return {
    processBytes: options.get('engine.max-memory-in-flight') || Math.floor(all / 2),
    processFlag: 'engine.max-memory-in-flight',
    requestBytes: options.get('engine.max-request-memory'),
    requestFlag: 'engine.max-request-memory',
  };
}
