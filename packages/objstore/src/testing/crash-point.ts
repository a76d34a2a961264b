/** Thrown by everything after the moment of death. */
export class CrashError extends Error {
  constructor() {
    super('the process is dead');
    this.name = 'CrashError';
  }
}

/**
 * Plays the death of a process at one operation: calls through wrapped objects are counted; the k-th dies before, after or, when it writes bytes,
 * in the middle; from then on every call fails, those of cleaning up too.
 */
export class CrashPoint {
  /** Calls so far. */
  count = 0;
  dead = false;
  readonly #k: number;
  readonly #when: 'before' | 'after' | 'torn';

  /** `k` counts from 1; 0 never dies. */
  constructor(k: number, when: 'before' | 'after' | 'torn') {
    this.#k = k;
    this.#when = when;
  }

  /** The same object with the functions `names` counted (all when not given). Objects that `open` gives are wrapped as well. */
  wrap<T extends object>(target: T, names?: ReadonlySet<string>): T {
    return new Proxy(target, {
      get: (object, key) => {
        const value = Reflect.get(object, key) as unknown;
        if (typeof value !== 'function') return value;
        const name = String(key);
        const call = value as (...args: unknown[]) => unknown;
        if (names !== undefined && !names.has(name)) return call.bind(object);
        return async (...args: unknown[]) =>
          this.#call(name, (given) => Promise.resolve(call.apply(object, given)), args);
      },
    });
  }

  async #call(name: string, call: (args: unknown[]) => Promise<unknown>, args: unknown[]): Promise<unknown> {
    // Handles are closed by the system when a process dies.
    if (name === 'close') return call(args);
    if (this.dead) throw new CrashError();
    const dies = ++this.count === this.#k;
    if (dies && this.#when === 'torn') {
      this.dead = true;
      const at = args.findIndex((arg) => arg instanceof Uint8Array);
      if (at >= 0)
        await call(args.with(at, (args[at] as Uint8Array).subarray(0, (args[at] as Uint8Array).length >> 1)));
      throw new CrashError();
    }
    if (dies && this.#when === 'before') {
      this.dead = true;
      throw new CrashError();
    }
    if (dies) {
      this.dead = true;
      // Whether it worked makes no difference to the dead.
      const result = await call(args).catch(() => undefined);
      if (name === 'open') await (result as { close(): Promise<void> } | undefined)?.close();
      throw new CrashError();
    }
    const result = await call(args);
    return name === 'open' ? this.wrap(result as object) : result;
  }
}
