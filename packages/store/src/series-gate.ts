import type { CounterCell, GaugeCell, HistogramCell, MetricsRegistry } from '@tsanos/bytes';

const SECONDS = [0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120, 240, 360, 720];

/**
 * Lets at most `max` Series calls read at a time (0 = any number); others wait in the order they came. Its metrics have the names that Thanos'
 * store shows, and the older one that its mixin looks at.
 */
export class SeriesGate {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  readonly #inFlight: GaugeCell;
  readonly #total: CounterCell;
  readonly #seconds: readonly HistogramCell[];
  #running = 0;

  constructor(max: number, metrics: MetricsRegistry) {
    this.#max = max <= 0 ? Infinity : max;
    const prefix = 'thanos_bucket_store_series_gate_';
    metrics.gauge(`${prefix}queries_max`, 'Series calls that may run at a time.').labels().set(max);
    this.#inFlight = metrics.gauge(`${prefix}queries_in_flight`, 'Series calls that run now.').labels();
    this.#inFlight.set(0);
    this.#total = metrics.counter(`${prefix}queries_total`, 'Series calls that were let in.').labels();
    this.#seconds = ['queries_duration_seconds', 'duration_seconds'].map((name) =>
      metrics.histogram(`${prefix}${name}`, 'How long Series calls waited to be let in.', SECONDS).labels(),
    );
  }

  /** The stream that `open` gives, once there is room; the place is given back when it ends, fails or is left. */
  async *stream<T>(signal: AbortSignal, open: () => AsyncIterable<T>): AsyncGenerator<T> {
    const began = performance.now();
    await this.#enter(signal);
    for (const cell of this.#seconds) cell.observe((performance.now() - began) / 1000);
    this.#total.inc();
    this.#inFlight.set(this.#running);
    try {
      yield* open();
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
