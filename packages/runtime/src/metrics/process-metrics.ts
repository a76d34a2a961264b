import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ForeignMetric } from './exposition.ts';
import { goStandIns } from './go-stand-ins.ts';
import type { Registry } from './registry.ts';

/** Version told in `thanos_build_info`. */
export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly branch: string;
}

/**
 * Metrics of the process: prom-client's `process_*` and `nodejs_*`, the lag of the event loop, and stand-ins for the figures
 * of Go's runtime that Thanos' dashboards show. Gives a function that collects what prom-client has.
 */
export function processMetrics(registry: Registry): () => Promise<ForeignMetric[]> {
  eventLoopLag(registry);
  goStandIns(registry);
  const loaded = import('prom-client').then(({ collectDefaultMetrics, Registry: PromRegistry }) => {
    const prom = new PromRegistry();
    collectDefaultMetrics({ register: prom });
    return prom;
  });
  return async () => {
    const prom = await loaded;
    const metrics = await prom.getMetricsAsJSON();
    return metrics.map((metric) => ({
      name: metric.name,
      help: metric.help,
      type: String(metric.type),
      values: metric.values.map((value) => ({
        name: 'metricName' in value && typeof value.metricName === 'string' ? value.metricName : metric.name,
        labels: value.labels as Readonly<Record<string, string | number>>,
        value: value.value,
      })),
    }));
  };
}

function eventLoopLag(registry: Registry): void {
  const lag = registry.gauge(
    'tsanos_event_loop_lag_seconds',
    "Delay of the main thread's event loop since the scrape before.",
    ['quantile'],
  );
  const histogram = monitorEventLoopDelay({ resolution: 10 });
  histogram.enable();
  registry.onScrape(() => {
    for (const quantile of [0.5, 0.99, 1]) {
      const ns = quantile === 1 ? histogram.max : histogram.percentile(quantile * 100);
      lag.labels(String(quantile)).set(histogram.count === 0 ? 0 : Math.max(0, ns / 1e9 - 0.01));
    }
    histogram.reset();
  });
}

/** `thanos_build_info`, with this program's version. */
export function setBuildInfo(registry: Registry, build: BuildInfo): void {
  registry
    .gauge('thanos_build_info', 'A metric with a constant 1 value that tells what is running.', [
      'branch',
      'goarch',
      'goos',
      'goversion',
      'revision',
      'tags',
      'version',
    ])
    .labels(
      build.branch,
      process.arch,
      process.platform,
      `node${process.versions.node}`,
      build.revision,
      'tsanos',
      build.version,
    )
    .set(1);
}
