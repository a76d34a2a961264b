import { createHash } from 'node:crypto';
import { watch, type FSWatcher } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { CounterCell, GaugeCell, Logger, MetricsRegistry } from '@tsanos/bytes';
import { substituteEnvironment } from './envsubst.ts';

export interface ReloaderOptions {
  /** Watched template, may be gzip; '' = none. */
  readonly configFile: string;
  /** Where the template goes with its variables replaced; '' = nowhere. */
  readonly outputFile: string;
  readonly ruleDirs: readonly string[];
  /** Looks again after this long besides file events; 0 = apply once. */
  readonly watchIntervalMs: number;
  readonly retryIntervalMs: number;
}

/** Makes Prometheus read its files again; rejects when it refused. */
export type TriggerReload = (signal: AbortSignal) => Promise<void>;

/**
 * Watches a configuration template and rule folders of a Prometheus; when their content changed it writes the output file and
 * triggers a reload, again and again until that worked. Content decides, not times: a ConfigMap swap by symlink counts, a touch does not.
 */
export class Reloader {
  readonly #options: ReloaderOptions;
  readonly #trigger: TriggerReload;
  readonly #logger: Logger;
  readonly #metrics: ReturnType<typeof reloaderMetrics>;
  #applied = '';
  #watchers: FSWatcher[] = [];
  #wake: (() => void) | undefined;

  constructor(options: ReloaderOptions, modules: { trigger: TriggerReload; logger: Logger; metrics: MetricsRegistry }) {
    this.#options = options;
    this.#trigger = modules.trigger;
    this.#logger = modules.logger;
    this.#metrics = reloaderMetrics(modules.metrics);
  }

  /** Whether there is anything to watch. */
  get enabled(): boolean {
    return this.#options.configFile !== '' || this.#options.ruleDirs.length > 0;
  }

  /** Applies and watches until `signal`; resolves when it ends. */
  async run(signal: AbortSignal): Promise<void> {
    if (!this.enabled) return;
    this.#watch();
    try {
      while (!signal.aborted) {
        const applied = await this.#applyOnce(signal);
        if (applied && this.#options.watchIntervalMs === 0) return;
        await this.#sleep(applied ? this.#options.watchIntervalMs : this.#options.retryIntervalMs, signal);
      }
    } finally {
      for (const watcher of this.#watchers) watcher.close();
      this.#watchers = [];
    }
  }

  /** True when what is on disk is what Prometheus has. */
  async #applyOnce(signal: AbortSignal): Promise<boolean> {
    let reloading = false;
    this.#metrics.applies.inc();
    try {
      const hash = await this.#writeAndHash();
      if (hash === this.#applied) return true;
      reloading = true;
      this.#metrics.reloads.inc();
      await this.#trigger(signal);
      this.#applied = hash;
      this.#metrics.lastSuccess.set(1);
      this.#metrics.lastSuccessTime.set(Date.now() / 1000);
      this.#logger.info('Reload triggered', { cfg_in: this.#options.configFile, cfg_out: this.#options.outputFile });
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      (reloading ? this.#metrics.failures : this.#metrics.applyFailures).inc();
      this.#metrics.lastSuccess.set(0);
      this.#logger.error('Failed to trigger reload. Retrying.', {
        err: error instanceof Error ? error.message : String(error),
      });
      return false;
    }
  }

  async #writeAndHash(): Promise<string> {
    const hash = createHash('sha256');
    const { configFile, outputFile, ruleDirs } = this.#options;
    if (configFile !== '') {
      const raw = await readFile(configFile);
      const text = (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8');
      if (outputFile === '') hash.update(text);
      else {
        const expanded = substituteEnvironment(text, process.env, configFile);
        hash.update(expanded);
        await writeAtomically(outputFile, expanded);
      }
    }
    for (const dir of ruleDirs) await hashFolder(dir, hash);
    return hash.digest('hex');
  }

  #watch(): void {
    const { configFile, ruleDirs } = this.#options;
    const folders = new Set([...(configFile === '' ? [] : [dirname(configFile)]), ...ruleDirs]);
    for (const folder of folders) {
      try {
        const watcher = watch(folder, () => this.#wake?.());
        watcher.on('error', () => {
          this.#metrics.watchErrors.inc();
          watcher.close();
        });
        this.#watchers.push(watcher);
      } catch (error) {
        this.#metrics.watchErrors.inc();
        this.#logger.warn('cannot watch folder, it is looked at periodically', {
          folder,
          err: (error as Error).message,
        });
      }
    }
    this.#metrics.watches.set(this.#watchers.length);
  }

  /** Ends early on a file event; events come in bursts, so it waits a little for them to end. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      let timer = setTimeout(resolve, ms);
      const stop = (): void => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
      this.#wake = () => {
        this.#metrics.events.inc();
        clearTimeout(timer);
        timer = setTimeout(resolve, 200);
      };
    });
    this.#wake = undefined;
  }
}

async function hashFolder(dir: string, hash: ReturnType<typeof createHash>): Promise<void> {
  for (const name of (await readdir(dir)).sort()) {
    const path = join(dir, name);
    const info = await stat(path);
    if (info.isDirectory()) continue;
    hash
      .update(name)
      .update('\0')
      .update(await readFile(path));
  }
}

async function writeAtomically(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

function reloaderMetrics(metrics: MetricsRegistry): {
  reloads: CounterCell;
  failures: CounterCell;
  lastSuccess: GaugeCell;
  lastSuccessTime: GaugeCell;
  watches: GaugeCell;
  events: CounterCell;
  watchErrors: CounterCell;
  applies: CounterCell;
  applyFailures: CounterCell;
} {
  const prefix = 'thanos_sidecar_reloader_';
  return {
    reloads: metrics.counter(`${prefix}reloads_total`, 'Reload requests made.').labels(),
    failures: metrics.counter(`${prefix}reloads_failed_total`, 'Reload requests that failed.').labels(),
    lastSuccess: metrics.gauge(`${prefix}last_reload_successful`, 'Whether the last reload worked.').labels(),
    lastSuccessTime: metrics
      .gauge(`${prefix}last_reload_success_timestamp_seconds`, 'When the last reload worked.')
      .labels(),
    watches: metrics.gauge(`${prefix}watches`, 'Folders that are watched.').labels(),
    events: metrics.counter(`${prefix}watch_events_total`, 'File events seen.').labels(),
    watchErrors: metrics.counter(`${prefix}watch_errors_total`, 'Failures of watching folders.').labels(),
    applies: metrics
      .counter(`${prefix}config_apply_operations_total`, 'Times the watched files were looked at and applied.')
      .labels(),
    applyFailures: metrics.counter(`${prefix}config_apply_operations_failed_total`, 'Such times that failed.').labels(),
  };
}
