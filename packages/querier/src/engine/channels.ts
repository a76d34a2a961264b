import type { MetricsRegistry } from '@tsanos/bytes';
import { Channel } from '@tsanos/rpc';
import type { ChannelSpec } from './snapshots.ts';

/** The connections of one thread, one an endpoint, made on first use and closed when the endpoint is gone. */
export class Channels {
  readonly #metrics: MetricsRegistry;
  readonly #open = new Map<string, Channel>();

  constructor(metrics: MetricsRegistry) {
    this.#metrics = metrics;
  }

  get(spec: ChannelSpec): Channel {
    const key = JSON.stringify(spec);
    let channel = this.#open.get(key);
    if (channel === undefined) {
      channel = new Channel(spec.address, {
        tls: spec.tls,
        compression: spec.compression,
        metrics: this.#metrics,
        userAgent: 'tsanos-query',
      });
      this.#open.set(key, channel);
    }
    return channel;
  }

  /** Closes what `specs` no longer names. */
  retain(specs: readonly ChannelSpec[]): void {
    const wanted = new Set(specs.map((spec) => JSON.stringify(spec)));
    for (const [key, channel] of this.#open) {
      if (wanted.has(key)) continue;
      channel.close();
      this.#open.delete(key);
    }
  }

  close(): void {
    this.retain([]);
  }
}
