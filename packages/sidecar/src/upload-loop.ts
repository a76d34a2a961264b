import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Shipper } from '@tsanos/blocks';
import { TsanosError } from '@tsanos/bytes';
import type { Labels } from '@tsanos/model';
import type { Bucket } from '@tsanos/objstore';
import { periodically, type ComponentModules, type OptionValues } from '@tsanos/runtime';
import type { SIDECAR_OPTIONS } from './options.ts';
import type { PrometheusHttp } from './prometheus/http-client.ts';
import { fetchFlags, type PrometheusFlags } from './prometheus/status.ts';

/** How often blocks are looked for. */
const SYNC_INTERVAL_MS = 30_000;
/** Block duration Thanos' compactor is made for. */
const USUAL_BLOCK_MS = 7_200_000;
const RETRY_MS = 2000;

/** Ships finished blocks of the Prometheus data folder to the bucket. */
export class UploadLoop {
  readonly #options: OptionValues<typeof SIDECAR_OPTIONS>;
  readonly #modules: ComponentModules;
  readonly #http: PrometheusHttp;
  readonly #shipper: Shipper;

  constructor(
    options: OptionValues<typeof SIDECAR_OPTIONS>,
    modules: ComponentModules,
    http: PrometheusHttp,
    bucket: Bucket,
    labels: () => Labels,
  ) {
    this.#options = options;
    this.#modules = modules;
    this.#http = http;
    const uploadCompacted = options.get('shipper.upload-compacted');
    this.#shipper = new Shipper({
      dir: options.get('tsdb.path'),
      bucket,
      labels,
      source: 'sidecar',
      uploadCompacted: () => uploadCompacted,
      allowOutOfOrderUploads: options.get('shipper.allow-out-of-order-uploads'),
      skipCorruptedBlocks: options.get('shipper.skip-corrupted-blocks'),
      hashFunc: options.get('hash-func'),
      stateFile: options.get('shipper.meta-file-name'),
      uploadConcurrency: options.get('shipper.upload-concurrency'),
      logger: modules.log,
      metrics: modules.metrics,
    });
  }

  /**
   * Makes sure that Prometheus does not compact what is to be uploaded: waits for its flags, and throws when its block durations
   * differ and nothing holds its compaction back.
   */
  async checkPrometheus(signal: AbortSignal): Promise<void> {
    const flags = await this.#flags(signal);
    if (flags === undefined) {
      this.#modules.log.info('Prometheus does not tell its flags; it is trusted not to compact blocks');
      return;
    }
    if (flags.delayCompactFile !== '') {
      const own = resolve(join(this.#options.get('tsdb.path'), this.#options.get('shipper.meta-file-name')));
      if (resolve(flags.delayCompactFile) !== own) {
        throw new TsanosError(
          'bad-input',
          'delay-compact-file',
          `Prometheus delays its compaction by ${flags.delayCompactFile}, which is not the file this sidecar writes (${own}): make them one`,
        );
      }
      return;
    }
    if (this.#options.get('shipper.ignore-unequal-block-size')) return;
    if (flags.minBlockMs !== flags.maxBlockMs) {
      throw new TsanosError(
        'bad-input',
        'prometheus-compacts',
        `found that TSDB Max time is ${flags.maxBlockMs} ms and Min time is ${flags.minBlockMs} ms. Compaction needs to be disabled (storage.tsdb.min-block-duration = storage.tsdb.max-block-duration), or uploads would miss blocks`,
      );
    }
    if (flags.minBlockMs !== USUAL_BLOCK_MS) {
      this.#modules.log.warn(
        'found Prometheus with blocks that are not two hours long; the compactor works best with those',
        { blockMs: flags.minBlockMs },
      );
    }
  }

  /** Ships until `signal` fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#modules;
    const work = async (s: AbortSignal): Promise<void> => {
      const uploaded = await this.#shipper.sync(s);
      if (uploaded > 0) log.info('uploaded blocks', { uploaded });
    };
    await periodically(work, { intervalMs: SYNC_INTERVAL_MS, log, what: 'shipping blocks' }, signal);
  }

  async #flags(signal: AbortSignal): Promise<PrometheusFlags | undefined> {
    const deadline = Date.now() + this.#options.get('prometheus.ready_timeout');
    for (;;) {
      try {
        return await fetchFlags(this.#http, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (Date.now() > deadline) throw error;
        this.#modules.log.warn('failed to get Prometheus flags. Is Prometheus running? Retrying', {
          err: (error as Error).message,
        });
      }
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}
