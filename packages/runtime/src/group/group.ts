import { TsanosError, type Logger } from '@tsanos/bytes';
import type { Component } from '../component.ts';

/** Starts components in order, keeps them, and stops them in reverse under one deadline. */
export class Group {
  readonly #components: readonly Component[];
  readonly #log: Logger;
  readonly #running = new AbortController();
  #started: Component[] = [];
  #stopped: Promise<void> | undefined;

  constructor(components: readonly Component[], log: Logger) {
    this.#components = components;
    this.#log = log;
  }

  /** Resolves when all have started. When one fails, those before it are stopped, and the failure is thrown. */
  async start(): Promise<void> {
    for (const component of this.#components) {
      try {
        // A component that is half started has to be stopped as well.
        this.#started.push(component);
        await component.start(this.#running.signal);
      } catch (error) {
        if (!this.#running.signal.aborted) this.#log.debug('start failed, stopping', { component: component.name });
        await this.stop(AbortSignal.timeout(10_000));
        throw error;
      }
    }
  }

  /** What the first component that is not ready waits for; undefined when all are ready. */
  notReady(): string | undefined {
    if (this.#stopped !== undefined) return 'shutting down';
    if (this.#started.length < this.#components.length)
      return `${this.#components[this.#started.length].name} has not started yet`;
    for (const component of this.#components) {
      const waiting = component.notReady();
      if (waiting !== undefined) return this.#components.length === 1 ? waiting : `${component.name}: ${waiting}`;
    }
    return undefined;
  }

  /** Stops what was started, last first. Each gets until `deadline`; one that fails or hangs does not keep the others. Idempotent. */
  stop(deadline: AbortSignal): Promise<void> {
    this.#stopped ??= this.#stopAll(deadline);
    return this.#stopped;
  }

  async #stopAll(deadline: AbortSignal): Promise<void> {
    this.#running.abort(new TsanosError('cancelled', 'shutting-down', 'the process is shutting down'));
    const expired = new Promise<'expired'>((resolve) => {
      // A little after the deadline, so that a component that heeds it can finish cutting.
      const end = (): void => void setTimeout(() => resolve('expired'), 1000).unref();
      if (deadline.aborted) end();
      else deadline.addEventListener('abort', end, { once: true });
    });
    for (const component of this.#started.toReversed()) {
      try {
        const outcome = await Promise.race([component.stop(deadline), expired]);
        if (outcome === 'expired') this.#log.warn('did not stop in time', { component: component.name });
      } catch (error) {
        this.#log.error('stopping failed', {
          component: component.name,
          err: error instanceof Error ? error : undefined,
        });
      }
    }
    this.#started = [];
  }
}
