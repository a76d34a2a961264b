import type { Logger } from '@tsanos/bytes';
import type { Registry } from '../metrics/registry.ts';
import type { SharedMemoryCounter } from './budget.ts';

export interface ThreadPoolOptions {
  readonly size: number;
  /** The worker entry file. */
  readonly entry: URL;
  readonly engines: readonly string[];
  readonly log: Logger;
  readonly metrics: Registry;
  readonly memory: SharedMemoryCounter;
  readonly debug: boolean;
}
