import type { CounterCell, HistogramCell, Metric, MetricsRegistry } from '@tsanos/bytes';
import type { MethodHandler } from './server-call.ts';
import { statusName } from './status.ts';

/** Buckets in seconds, as Thanos sets them. */
const BUCKETS = [0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120];
const LABELS = ['grpc_type', 'grpc_service', 'grpc_method'];

/** The cells of one method, looked up once. */
export interface MethodMetrics {
  readonly started: CounterCell;
  readonly received: CounterCell;
  readonly sent: CounterCell;
  readonly seconds: HistogramCell;
  handled(status: number): void;
}

const TYPES: Readonly<Record<MethodHandler['kind'], string>> = {
  unary: 'unary',
  'server-stream': 'server_stream',
  bidi: 'bidi_stream',
};

/** Call metrics with the names and labels of go-grpc-middleware, of either side: `grpc_server_…` or `grpc_client_…`. */
export class CallMetrics {
  readonly #started: Metric<CounterCell>;
  readonly #handled: Metric<CounterCell>;
  readonly #received: Metric<CounterCell>;
  readonly #sent: Metric<CounterCell>;
  readonly #seconds: Metric<HistogramCell>;
  readonly #cells = new Map<string, MethodMetrics>();

  constructor(registry: MetricsRegistry, side: 'server' | 'client') {
    const by = side === 'server' ? 'on the server' : 'by the client';
    this.#started = registry.counter(`grpc_${side}_started_total`, `Total number of RPCs started ${by}.`, LABELS);
    this.#handled = registry.counter(
      `grpc_${side}_handled_total`,
      `Total number of RPCs completed ${by}, regardless of success or failure.`,
      [...LABELS, 'grpc_code'],
    );
    this.#received = registry.counter(
      `grpc_${side}_msg_received_total`,
      `Total number of RPC stream messages received ${by}.`,
      LABELS,
    );
    this.#sent = registry.counter(
      `grpc_${side}_msg_sent_total`,
      `Total number of gRPC stream messages sent ${by}.`,
      LABELS,
    );
    this.#seconds = registry.histogram(
      `grpc_${side}_handling_seconds`,
      `Histogram of response latency (seconds) of gRPC calls handled ${by}.`,
      BUCKETS,
      LABELS,
    );
  }

  /** Cells of `/service/method`; the series exist from then on. */
  method(path: string, kind: MethodHandler['kind']): MethodMetrics {
    const known = this.#cells.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf('/');
    const labels = [TYPES[kind], path.slice(1, slash), path.slice(slash + 1)];
    const handled: CounterCell[] = [];
    const cells: MethodMetrics = {
      started: this.#started.labels(...labels),
      received: this.#received.labels(...labels),
      sent: this.#sent.labels(...labels),
      seconds: this.#seconds.labels(...labels),
      handled: (status) => {
        handled[status] ??= this.#handled.labels(...labels, statusName(status));
        handled[status].inc();
      },
    };
    this.#cells.set(path, cells);
    return cells;
  }
}
