/** Values of a log line's fields. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined | Error>>;

/** What a library needs of a logger; `runtime` implements it as logfmt or JSON on stderr. */
export interface Logger {
  debug(msg: string, fields?: LogFields): void;
  info(msg: string, fields?: LogFields): void;
  warn(msg: string, fields?: LogFields): void;
  error(msg: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each line. */
  with(fields: LogFields): Logger;
}

/** A logger that says nothing, for tests and embedding. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLogger,
};

/** A child of a metric, for one combination of label values; cheap to call, keep it. */
export interface CounterCell {
  inc(by?: number): void;
}
export interface GaugeCell extends CounterCell {
  set(value: number): void;
  dec(by?: number): void;
}
export interface HistogramCell {
  observe(value: number): void;
}

/** A metric with labels. `labels(...values)` in the order of the names it was made with. */
export interface Metric<C> {
  labels(...values: string[]): C;
  /** Forgets all children. */
  reset(): void;
}

/**
 * What a library needs of a metrics registry; `runtime` implements it. Making a metric again with the same name and label
 * names gives the same metric. Help texts are full sentences; names and labels mirror Thanos where behaviour does.
 */
export interface MetricsRegistry {
  counter(name: string, help: string, labelNames?: readonly string[]): Metric<CounterCell>;
  gauge(name: string, help: string, labelNames?: readonly string[]): Metric<GaugeCell>;
  /** A gauge whose value is asked for at scrape time. */
  gaugeFunc(name: string, help: string, value: () => number): void;
  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames?: readonly string[],
  ): Metric<HistogramCell>;
}

const silentCell: GaugeCell & HistogramCell = { inc: () => {}, dec: () => {}, set: () => {}, observe: () => {} };
const silentMetric: Metric<GaugeCell & HistogramCell> = { labels: () => silentCell, reset: () => {} };

/** A registry that keeps nothing, for tests and embedding. */
export const silentMetrics: MetricsRegistry = {
  counter: () => silentMetric,
  gauge: () => silentMetric,
  gaugeFunc: () => {},
  histogram: () => silentMetric,
};
