/** Newest value of each name, and who wants to hear of new ones. */
export class SnapshotBoard {
  readonly #values = new Map<string, unknown>();
  readonly #listeners = new Map<string, ((value: never) => void)[]>();

  publish(name: string, value: unknown): void {
    this.#values.set(name, value);
    for (const listener of this.#listeners.get(name) ?? []) listener(value as never);
  }

  get<T>(name: string): T | undefined {
    return this.#values.get(name) as T | undefined;
  }

  on<T>(name: string, listener: (value: T) => void): void {
    const list = this.#listeners.get(name);
    if (list === undefined) this.#listeners.set(name, [listener as (value: never) => void]);
    else list.push(listener as (value: never) => void);
    if (this.#values.has(name)) listener(this.#values.get(name) as T);
  }

  entries(): IterableIterator<[string, unknown]> {
    return this.#values.entries();
  }
}
