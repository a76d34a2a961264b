import type { ListEntry, ListOptions, ObjectAttributes, Bucket } from '../bucket.ts';
import { BucketDecorator } from '../decorators.ts';

/** Counts calls and bytes; and lets a test fail before or after any operation. */
export class ObservedBucket extends BucketDecorator {
  /** Operations in order, as `get name`. */
  readonly log: string[] = [];
  bytesFetched = 0;
  gets = 0;
  /** Called before each operation; what it throws, the operation throws. */
  before: ((operation: string, name: string) => void) | undefined;
  /** Called after each operation that worked. */
  after: ((operation: string, name: string) => void) | undefined;

  constructor(inner: Bucket) {
    super(inner);
  }
  override async *list(folder: string, options?: ListOptions): AsyncIterable<ListEntry> {
    this.#begin('list', folder);
    yield* this.inner.list(folder, options);
    this.after?.('list', folder);
  }
  override get(name: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#fetch('get', name, () => this.inner.get(name, signal));
  }
  override getRange(name: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#fetch('get_range', name, () => this.inner.getRange(name, offset, length, signal));
  }
  override exists(name: string, signal?: AbortSignal): Promise<boolean> {
    return this.#run('exists', name, () => this.inner.exists(name, signal));
  }
  override attributes(name: string, signal?: AbortSignal): Promise<ObjectAttributes> {
    return this.#run('attributes', name, () => this.inner.attributes(name, signal));
  }
  override upload(name: string, body: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.#run('upload', name, () => this.inner.upload(name, body, signal));
  }
  override uploadFile(name: string, path: string, signal?: AbortSignal): Promise<void> {
    return this.#run('upload', name, () => this.inner.uploadFile(name, path, signal));
  }
  override uploadIfAbsent(name: string, body: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    return this.#run('upload', name, () => this.inner.uploadIfAbsent(name, body, signal));
  }
  override delete(name: string, signal?: AbortSignal): Promise<void> {
    return this.#run('delete', name, () => this.inner.delete(name, signal));
  }

  async #fetch(operation: string, name: string, call: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const bytes = await this.#run(operation, name, call);
    this.gets++;
    this.bytesFetched += bytes.length;
    return bytes;
  }

  async #run<T>(operation: string, name: string, call: () => Promise<T>): Promise<T> {
    this.#begin(operation, name);
    const result = await call();
    this.after?.(operation, name);
    return result;
  }

  #begin(operation: string, name: string): void {
    this.log.push(`${operation} ${name}`);
    this.before?.(operation, name);
  }
}
