import type { CounterCell, GaugeCell, HistogramCell, Metric, MetricsRegistry } from '@tsanos/bytes';

const DURATIONS = [0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120, 240, 360, 720];
const SIZES = Array.from({ length: 10 }, (_, n) => 64 * 2 ** n);

/** The request metrics of Thanos, `tenant` among the labels where the component has one. */
export class HttpMetrics {
  readonly #requests: Metric<CounterCell>;
  readonly #durations: Metric<HistogramCell>;
  readonly #requestSizes: Metric<HistogramCell>;
  readonly #responseSizes: Metric<HistogramCell>;
  readonly #inflight: Metric<GaugeCell>;
  readonly #withTenant: boolean;

  constructor(metrics: MetricsRegistry, withTenant: boolean) {
    const labels = withTenant ? ['code', 'handler', 'method', 'tenant'] : ['code', 'handler', 'method'];
    this.#withTenant = withTenant;
    this.#requests = metrics.counter('http_requests_total', 'Tracks the number of HTTP requests.', labels);
    this.#durations = metrics.histogram(
      'http_request_duration_seconds',
      'Tracks the latencies for HTTP requests.',
      DURATIONS,
      labels,
    );
    this.#requestSizes = metrics.histogram(
      'http_request_size_bytes',
      'Tracks the size of HTTP requests.',
      SIZES,
      labels,
    );
    this.#responseSizes = metrics.histogram(
      'http_response_size_bytes',
      'Tracks the size of HTTP responses.',
      SIZES,
      labels,
    );
    const inflight = withTenant ? ['handler', 'method', 'tenant'] : ['handler', 'method'];
    this.#inflight = metrics.gauge(
      'http_inflight_requests',
      'Current number of HTTP requests the handler is responding to.',
      inflight,
    );
  }

  /** Counts a request in; call what it gives when the answer has gone out. */
  begin(
    handler: string,
    method: string,
    tenant: string,
  ): (status: number, requestBytes: number, responseBytes: number) => void {
    const start = performance.now();
    const inflight = this.#inflight.labels(...(this.#withTenant ? [handler, method, tenant] : [handler, method]));
    inflight.inc();
    return (status, requestBytes, responseBytes) => {
      inflight.dec();
      const shared = [String(status), handler, method.toLowerCase()];
      const labels = this.#withTenant ? [...shared, tenant] : shared;
      this.#requests.labels(...labels).inc();
      this.#durations.labels(...labels).observe((performance.now() - start) / 1000);
      this.#requestSizes.labels(...labels).observe(requestBytes);
      this.#responseSizes.labels(...labels).observe(responseBytes);
    };
  }
}
