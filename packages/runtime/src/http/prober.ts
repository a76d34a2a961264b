import type { GaugeCell, MetricsRegistry } from '@tsanos/bytes';

/** What `/-/ready` and `/-/healthy` answer, mirrored in `thanos_status`. */
export class Prober {
  readonly #ready: GaugeCell;
  readonly #healthy: GaugeCell;
  #isHealthy = false;
  #stopping: string | undefined;
  #notReady: () => string | undefined = () => 'starting';

  constructor(component: string, metrics: MetricsRegistry & { onScrape(update: () => void): void }) {
    const status = metrics.gauge(
      'thanos_status',
      'Represents status (0 indicates failure, 1 indicates success) of the component.',
      ['check', 'component'],
    );
    this.#ready = status.labels('ready', component);
    this.#healthy = status.labels('healthy', component);
    metrics.onScrape(() => this.#mirror());
  }

  /** What readiness waits for; undefined when there is nothing more. */
  get notReady(): string | undefined {
    return this.#stopping ?? this.#notReady();
  }

  get healthy(): boolean {
    return this.#isHealthy;
  }

  /** Asks `check` from now on. */
  watch(check: () => string | undefined): void {
    this.#notReady = check;
  }

  setHealthy(healthy: boolean): void {
    this.#isHealthy = healthy;
  }

  /** Not ready any more, whatever the components say. */
  stopping(): void {
    this.#stopping = 'shutting down';
  }

  #mirror(): void {
    this.#ready.set(this.notReady === undefined ? 1 : 0);
    this.#healthy.set(this.#isHealthy ? 1 : 0);
  }
}
