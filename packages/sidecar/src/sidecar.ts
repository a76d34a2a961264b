import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { INT64_MAX, INT64_MIN, TsanosError, type GaugeCell } from '@tsanos/bytes';
import { labelsToString, Labels } from '@tsanos/model';
import { createBucket, parseBucketConfig, type Bucket } from '@tsanos/objstore';
import {
  grpcServerSettings,
  GRPC_SERVER_OPTIONS,
  parseYamlConfig,
  periodically,
  type Component,
  type ComponentModules,
  type OptionValues,
} from '@tsanos/runtime';
import { GrpcEndpoint, infoMessage, infoService, limitSource, storeService } from '@tsanos/storeapi';
import type { SIDECAR_OPTIONS } from './options.ts';
import { DEFAULT_HTTP_CLIENT_CONFIG, httpClientConfigSchema } from './prometheus/http-client-config.ts';
import { PrometheusHttp } from './prometheus/http-client.ts';
import { callText } from './prometheus/api.ts';
import { fetchExternalLabels, fetchLowestTimestamp, fetchVersion } from './prometheus/status.ts';
import { PrometheusSource, type PrometheusState } from './prometheus-source.ts';
import { Reloader } from './reloader/reloader.ts';
import { UploadLoop } from './upload-loop.ts';

type Options = OptionValues<typeof SIDECAR_OPTIONS>;

/** How soon a Prometheus that is not there yet is asked again. */
const RETRY_MS = 2000;

/** Makes the sidecar of one Prometheus. */
export async function createSidecar(options: Options, modules: ComponentModules): Promise<Component> {
  const clientText = await options.get('prometheus.http-client').read();
  const client =
    clientText === ''
      ? DEFAULT_HTTP_CLIENT_CONFIG
      : parseYamlConfig(clientText, httpClientConfigSchema, options.get('prometheus.http-client').source);
  const http = new PrometheusHttp(options.get('prometheus.url'), client, `Tsanos/${modules.build.version}`);
  const bucketOption = options.get('objstore.config');
  const bucketText = await bucketOption.read();
  const bucket =
    bucketText === ''
      ? undefined
      : createBucket(parseBucketConfig(bucketText, bucketOption.source), { metrics: modules.metrics });
  if (bucket === undefined) modules.log.info('no supported bucket was configured, uploads will be disabled');
  return new Sidecar(options, modules, http, bucket);
}

/** What is known of the Prometheus, refreshed by the heartbeat. */
interface Known {
  labels: Labels;
  lowestMs: number | undefined;
  version: string;
}

/** Beside one Prometheus: its StoreAPI, its blocks to the bucket, its reloads. */
class Sidecar implements Component {
  readonly name = 'sidecar';
  readonly #options: Options;
  readonly #modules: ComponentModules;
  readonly #http: PrometheusHttp;
  readonly #bucket: Bucket | undefined;
  readonly #up: GaugeCell;
  readonly #lastHeartbeat: GaugeCell;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #known: Known | undefined;
  #waiting: string | undefined = 'waiting for Prometheus';
  #grpc: GrpcEndpoint | undefined;

  constructor(options: Options, modules: ComponentModules, http: PrometheusHttp, bucket: Bucket | undefined) {
    this.#options = options;
    this.#modules = modules;
    this.#http = http;
    this.#bucket = bucket;
    const { metrics } = modules;
    this.#up = metrics.gauge('thanos_sidecar_prometheus_up', 'Whether the sidecar can reach its Prometheus.').labels();
    this.#up.set(0);
    this.#lastHeartbeat = metrics
      .gauge('thanos_sidecar_last_heartbeat_success_time_seconds', 'When the sidecar last reached its Prometheus.')
      .labels();
  }

  notReady(): string | undefined {
    return this.#waiting;
  }

  async start(outer: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([outer, this.#stopping.signal]);
    this.#startReloader(signal);
    const upload =
      this.#bucket === undefined
        ? undefined
        : new UploadLoop(
            this.#options,
            this.#modules,
            this.#http,
            this.#bucket,
            () => this.#known?.labels ?? Labels.EMPTY,
          );
    await upload?.checkPrometheus(signal);
    await this.#waitForPrometheus(signal);
    this.#waiting = undefined;
    await this.#listen(signal);
    const { log } = this.#modules;
    const intervalMs = this.#options.get('prometheus.get_config_interval');
    this.#loops.push(
      periodically((s) => this.#heartbeat(s), { intervalMs, immediately: false, log, what: 'heartbeat' }, signal),
    );
    if (upload !== undefined) this.#loops.push(upload.run(signal));
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#waiting = 'shutting down';
    this.#stopping.abort();
    await this.#grpc?.shutdown(signal);
    await Promise.all(this.#loops);
    await this.#http.close();
    await this.#bucket?.close();
  }

  #startReloader(signal: AbortSignal): void {
    const options = this.#options;
    const reloader = new Reloader(
      {
        configFile: options.get('reloader.config-file'),
        outputFile: options.get('reloader.config-envsubst-file'),
        ruleDirs: options.get('reloader.rule-dir'),
        watchIntervalMs: options.get('reloader.watch-interval'),
        retryIntervalMs: options.get('reloader.retry-interval'),
      },
      {
        trigger:
          options.get('reloader.method') === 'signal'
            ? () => hangUp(options.get('reloader.process-name'))
            : (s) => this.#reloadByHttp(s),
        logger: this.#modules.log,
        metrics: this.#modules.metrics,
      },
    );
    this.#loops.push(reloader.run(signal));
  }

  async #reloadByHttp(signal: AbortSignal): Promise<void> {
    await callText(this.#http, { method: 'POST', path: '/-/reload', signal });
  }

  /** Asks until build info, labels and lowest time are known. No external labels is an error that ends the process. */
  async #waitForPrometheus(signal: AbortSignal): Promise<void> {
    const { log } = this.#modules;
    for (;;) {
      try {
        await this.#heartbeat(signal);
        break;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof TsanosError && error.code === 'no-external-labels') throw error;
        log.warn('failed to reach Prometheus. Is it running? Retrying', {
          err: error instanceof Error ? error.message : String(error),
        });
      }
      await sleep(RETRY_MS, undefined, { signal });
    }
    log.info('successfully loaded prometheus external labels', {
      external_labels: labelsToString(this.#known?.labels ?? Labels.EMPTY),
      version: this.#known?.version ?? '',
    });
  }

  async #heartbeat(outer: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([outer, AbortSignal.timeout(this.#options.get('prometheus.get_config_timeout'))]);
    try {
      const version = await fetchVersion(this.#http, signal);
      const labels = await fetchExternalLabels(this.#http, signal);
      const lowestMs = (await fetchLowestTimestamp(this.#http, signal)) ?? this.#known?.lowestMs;
      if (labels.size === 0) {
        throw new TsanosError(
          'bad-input',
          'no-external-labels',
          'no external labels configured on Prometheus server, uniquely identifying external labels must be configured: set global.external_labels in its configuration',
        );
      }
      this.#known = { labels, lowestMs, version };
      this.#up.set(1);
      this.#lastHeartbeat.set(Date.now() / 1000);
      if (this.#grpc !== undefined) this.#waiting = undefined;
    } catch (error) {
      this.#up.set(0);
      this.#waiting = 'Prometheus cannot be reached';
      throw error;
    }
  }

  /** What the source and Info say now. */
  #state(): PrometheusState {
    const { labels, lowestMs, version } = this.#known ?? { labels: Labels.EMPTY, lowestMs: undefined, version: '' };
    const limit = this.#options.get('min-time').at(Date.now());
    return {
      externalLabels: labels,
      mint: Math.max(limit, lowestMs ?? INT64_MIN),
      labelMatchers: hasLabelMatchers(version),
    };
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const { log, metrics } = this.#modules;
    const options = this.#options;
    const settings = grpcServerSettings(this.#options.part(GRPC_SERVER_OPTIONS));
    const source = limitSource(new PrometheusSource(this.#http, () => this.#state()), {
      series: options.get('store.limits.request-series'),
      samples: options.get('store.limits.request-samples'),
    });
    const grpc = new GrpcEndpoint({ ...settings, tls: await settings.loadTls(), log, metrics }, [
      storeService(source),
      infoService(() => this.#info()),
    ]);
    await grpc.listen();
    settings.watchTls(signal, (tls) => grpc.setTls(tls));
    this.#grpc = grpc;
  }

  #info(): ReturnType<typeof infoMessage> {
    const { externalLabels, mint } = this.#state();
    const info = { labelSets: [externalLabels], mint, maxt: INT64_MAX };
    return infoMessage('sidecar', { ...info, tsdbInfos: [{ labels: externalLabels, mint, maxt: INT64_MAX }] });
  }
}

/** Label calls take matchers from 2.24.0 on; a server that names no version is asked in the way that all understand. */
function hasLabelMatchers(version: string): boolean {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  if (match === null) return false;
  return Number(match[1]) > 2 || (Number(match[1]) === 2 && Number(match[2]) >= 24);
}

/** Sends SIGHUP to the process of that name. */
async function hangUp(processName: string): Promise<void> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const comm = await readFile(join('/proc', pid, 'comm'), 'utf8').catch(() => '');
    if (comm.trim() === processName.slice(0, 15)) {
      process.kill(Number(pid), 'SIGHUP');
      return;
    }
  }
  throw new TsanosError('retryable', 'no-such-process', `no process is named ${processName}`, { process: processName });
}
