import type { Logger } from '@tsanos/bytes';
import type { Component } from './component.ts';
import type { HttpServer } from './http/server.ts';
import type { BuildInfo } from './metrics/process-metrics.ts';
import type { Registry } from './metrics/registry.ts';
import type { Option } from './option.ts';
import type { OptionValues } from './options/option-values.ts';
import type { WorkerPool } from './worker-pool.ts';

/** What a component gets from the process it lives in. */
export interface ComponentModules {
  readonly log: Logger;
  readonly metrics: Registry;
  /** Add routes before the component is started: requests are answered from then on, `/-/ready` and `/metrics` too. */
  readonly http: HttpServer;
  /** The engines that the command named; none run for a command without engines, and `run` then fails. */
  readonly pool: WorkerPool;
  readonly build: BuildInfo;
  /** Every flag with its value, secrets redacted: for `/api/v1/status/flags`. */
  readonly flags: Readonly<Record<string, string>>;
}

/**
 * What a component's package exports to the command: makes it from its options. It may read configuration files; errors it throws are
 * those of a wrong setup.
 */
export type ComponentFactory<T extends readonly Option[]> = (
  options: OptionValues<T>,
  modules: ComponentModules,
) => Promise<Component> | Component;
