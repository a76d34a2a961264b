import type { CounterCell, GaugeCell, HistogramCell, MetricsRegistry } from '@tsanos/bytes';

/** Lets at most `max` queries run; others wait in order. Metrics under the names of Thanos' gate. */
export class QueryGate {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  readonly #inFlight: GaugeCell;
  readonly #total: CounterCell;
  readonly #seconds: HistogramCell;
  #running = 0;

  constructor(max: number, metrics: MetricsRegistry) {
    this.#max = Math.max(1, max);
    const prefix = 'thanos_query_concurrent_gate_queries_';
    metrics.gauge(`${prefix}max`, 'Queries that may run at a time.').labels().set(this.#max);
    this.#inFlight = metrics.gauge(`${prefix}in_flight`, 'Queries that run now.').labels();
    this.#total = metrics.counter(`${prefix}total`, 'Queries that were let in.').labels();
    const buckets = [0.01, 0.05, 0.1, 0.25, 0.6, 1, 2, 3.5, 5, 7.5, 10, 15, 20];
    this.#seconds = metrics
      .histogram(`${prefix}duration_seconds`, 'How long queries waited to be let in.', buckets)
      .labels();
    this.#inFlight.set(0);
  }

  /** Queries that run now. */
  get running(): number {
    return this.#running;
  }

  /** Runs `work` when there is room; rejects with the reason of `signal` when the caller goes first. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    await this.#enter(signal);
    this.#seconds.observe((performance.now() - began) / 1000);
    this.#total.inc();
    this.#inFlight.set(this.#running);
    try {
      return await work();
    } finally {
      this.#running--;
      this.#inFlight.set(this.#running);
      this.#waiting.shift()?.();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.#max) {
      this.#running++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        this.#running++;
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
    });
  }
}
