import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CounterCell, GaugeCell, HistogramCell, MetricsRegistry } from '@tsanos/bytes';
import type { Bucket, ListEntry, ListOptions, ObjectAttributes } from './bucket.ts';
import { checkName, isNotFound, isRetryable } from './objstore-error.ts';

/** Passes every call on; decorators override what they change. */
export class BucketDecorator implements Bucket {
  protected readonly inner: Bucket;

  constructor(inner: Bucket) {
    this.inner = inner;
  }

  get name(): string {
    return this.inner.name;
  }
  get provider(): Bucket['provider'] {
    return this.inner.provider;
  }
  get atomicUpload(): boolean {
    return this.inner.atomicUpload;
  }
  list(folder: string, options?: ListOptions): AsyncIterable<ListEntry> {
    return this.inner.list(folder, options);
  }
  get(name: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.inner.get(name, signal);
  }
  getRange(name: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.inner.getRange(name, offset, length, signal);
  }
  exists(name: string, signal?: AbortSignal): Promise<boolean> {
    return this.inner.exists(name, signal);
  }
  attributes(name: string, signal?: AbortSignal): Promise<ObjectAttributes> {
    return this.inner.attributes(name, signal);
  }
  upload(name: string, body: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.inner.upload(name, body, signal);
  }
  uploadFile(name: string, path: string, signal?: AbortSignal): Promise<void> {
    return this.inner.uploadFile(name, path, signal);
  }
  uploadIfAbsent(name: string, body: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    return this.inner.uploadIfAbsent(name, body, signal);
  }
  delete(name: string, signal?: AbortSignal): Promise<void> {
    return this.inner.delete(name, signal);
  }
  close(): Promise<void> {
    return this.inner.close();
  }
}

/** Everything under `prefix/` of another bucket. */
export class PrefixedBucket extends BucketDecorator {
  readonly #prefix: string;

  /** `prefix` without slashes at its ends; not ''. */
  constructor(inner: Bucket, prefix: string) {
    super(inner);
    this.#prefix = `${prefix}/`;
  }
  override async *list(folder: string, options?: ListOptions): AsyncIterable<ListEntry> {
    for await (const entry of this.inner.list(this.#prefix + folder, options)) {
      yield { ...entry, name: entry.name.slice(this.#prefix.length) };
    }
  }
  override async get(name: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.inner.get(this.#key(name), signal);
  }
  override async getRange(name: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.inner.getRange(this.#key(name), offset, length, signal);
  }
  override async exists(name: string, signal?: AbortSignal): Promise<boolean> {
    return this.inner.exists(this.#key(name), signal);
  }
  override async attributes(name: string, signal?: AbortSignal): Promise<ObjectAttributes> {
    return this.inner.attributes(this.#key(name), signal);
  }
  override async upload(name: string, body: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.inner.upload(this.#prefix + checkName(this.name, name), body, signal);
  }
  override async uploadFile(name: string, path: string, signal?: AbortSignal): Promise<void> {
    return this.inner.uploadFile(this.#key(name), path, signal);
  }
  override async uploadIfAbsent(name: string, body: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    return this.inner.uploadIfAbsent(this.#key(name), body, signal);
  }
  override async delete(name: string, signal?: AbortSignal): Promise<void> {
    return this.inner.delete(this.#key(name), signal);
  }

  /** Checked here: behind a prefix the provider would see a name that is in order. */
  #key(name: string): string {
    checkName(this.name, name.replace(/(?<=.)\/$/, ''));
    return this.#prefix + name;
  }
}

export interface RetryPolicy {
  /** Time for all attempts of one call together. */
  readonly totalMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { totalMs: 30_000, firstDelayMs: 100, maxDelayMs: 5000 };

/** Repeats calls that failed with a retryable error, with growing, jittered pauses, until the time is up or the signal fires. */
export class RetryingBucket extends BucketDecorator {
  readonly #policy: RetryPolicy;

  constructor(inner: Bucket, policy: RetryPolicy = DEFAULT_RETRY) {
    super(inner);
    this.#policy = policy;
  }
  override async *list(folder: string, options: ListOptions = {}): AsyncIterable<ListEntry> {
    // Entries come sorted, so a listing that broke goes on behind the last one seen.
    let last = '';
    const deadline = Date.now() + this.#policy.totalMs;
    for (let attempt = 0; ; attempt++) {
      try {
        for await (const entry of this.inner.list(folder, options)) {
          if (last !== '' && Buffer.compare(Buffer.from(entry.name), Buffer.from(last)) <= 0) continue;
          yield entry;
          last = entry.name;
        }
        return;
      } catch (error) {
        await this.#pause(error, attempt, deadline, options.signal);
      }
    }
  }
  override get(name: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#retry(() => this.inner.get(name, signal), signal);
  }
  override getRange(name: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#retry(() => this.inner.getRange(name, offset, length, signal), signal);
  }
  override exists(name: string, signal?: AbortSignal): Promise<boolean> {
    return this.#retry(() => this.inner.exists(name, signal), signal);
  }
  override attributes(name: string, signal?: AbortSignal): Promise<ObjectAttributes> {
    return this.#retry(() => this.inner.attributes(name, signal), signal);
  }
  override upload(name: string, body: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.#retry(() => this.inner.upload(name, body, signal), signal);
  }
  override uploadFile(name: string, path: string, signal?: AbortSignal): Promise<void> {
    return this.#retry(() => this.inner.uploadFile(name, path, signal), signal);
  }
  override delete(name: string, signal?: AbortSignal): Promise<void> {
    let attempts = 0;
    return this.#retry(async () => {
      attempts++;
      try {
        await this.inner.delete(name, signal);
      } catch (error) {
        // An earlier attempt whose answer was lost may have done it.
        if (attempts === 1 || !isNotFound(error)) throw error;
      }
    }, signal);
  }

  async #retry<T>(call: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const deadline = Date.now() + this.#policy.totalMs;
    for (let attempt = 0; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        await this.#pause(error, attempt, deadline, signal);
      }
    }
  }

  async #pause(error: unknown, attempt: number, deadline: number, signal: AbortSignal | undefined): Promise<void> {
    const delay =
      Math.min(this.#policy.maxDelayMs, this.#policy.firstDelayMs * 2 ** attempt) * (0.5 + Math.random() / 2);
    if (!isRetryable(error) || signal?.aborted === true || Date.now() + delay > deadline) throw error;
    await sleep(delay, undefined, signal === undefined ? {} : { signal });
  }
}

type Operation = 'iter' | 'get' | 'get_range' | 'exists' | 'upload' | 'delete' | 'attributes';
const OPERATIONS: readonly Operation[] = ['iter', 'get', 'get_range', 'exists', 'upload', 'delete', 'attributes'];
const DURATION_BUCKETS = [0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120];
const SIZE_BUCKETS = Array.from({ length: 16 }, (_, i) => 2 ** (15 + i));

interface OperationCells {
  readonly total: CounterCell;
  readonly failed: CounterCell;
  readonly seconds: HistogramCell;
  readonly bytes: CounterCell;
  readonly transferred: HistogramCell;
}

/** Counts operations under Thanos' metric names; a missing object is no failure. */
export class MeteredBucket extends BucketDecorator {
  readonly #cells: Record<Operation, OperationCells>;
  readonly #lastUpload: GaugeCell;

  constructor(inner: Bucket, metrics: MetricsRegistry) {
    super(inner);
    const total = metrics.counter('thanos_objstore_bucket_operations_total', 'Operations against the bucket.', [
      'bucket',
      'operation',
    ]);
    const failed = metrics.counter(
      'thanos_objstore_bucket_operation_failures_total',
      'Operations against the bucket that failed.',
      ['bucket', 'operation'],
    );
    const seconds = metrics.histogram(
      'thanos_objstore_bucket_operation_duration_seconds',
      'Duration of successful operations.',
      DURATION_BUCKETS,
      ['bucket', 'operation'],
    );
    const bytes = metrics.counter(
      'thanos_objstore_bucket_operation_fetched_bytes_total',
      'Bytes fetched from the bucket.',
      ['bucket', 'operation'],
    );
    const transferred = metrics.histogram(
      'thanos_objstore_bucket_operation_transferred_bytes',
      'Bytes moved by an operation.',
      SIZE_BUCKETS,
      ['bucket', 'operation'],
    );
    const cells = {} as Record<Operation, OperationCells>;
    for (const operation of OPERATIONS) {
      const labels = [inner.name, operation] as const;
      cells[operation] = {
        total: total.labels(...labels),
        failed: failed.labels(...labels),
        seconds: seconds.labels(...labels),
        bytes: bytes.labels(...labels),
        transferred: transferred.labels(...labels),
      };
    }
    this.#cells = cells;
    this.#lastUpload = metrics
      .gauge(
        'thanos_objstore_bucket_last_successful_upload_time',
        'When an upload last worked, in seconds since the epoch.',
        ['bucket'],
      )
      .labels(inner.name);
  }

  override async *list(folder: string, options?: ListOptions): AsyncIterable<ListEntry> {
    const cells = this.#cells.iter;
    const began = performance.now();
    cells.total.inc();
    try {
      yield* this.inner.list(folder, options);
      cells.seconds.observe((performance.now() - began) / 1000);
    } catch (error) {
      cells.failed.inc();
      throw error;
    }
  }
  override get(name: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#fetch('get', () => this.inner.get(name, signal));
  }
  override getRange(name: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#fetch('get_range', () => this.inner.getRange(name, offset, length, signal));
  }
  override exists(name: string, signal?: AbortSignal): Promise<boolean> {
    return this.#run('exists', () => this.inner.exists(name, signal));
  }
  override attributes(name: string, signal?: AbortSignal): Promise<ObjectAttributes> {
    return this.#run('attributes', () => this.inner.attributes(name, signal));
  }
  override async upload(name: string, body: Uint8Array, signal?: AbortSignal): Promise<void> {
    await this.#run('upload', () => this.inner.upload(name, body, signal));
    this.#cells.upload.transferred.observe(body.length);
    this.#lastUpload.set(Date.now() / 1000);
  }
  override async uploadFile(name: string, path: string, signal?: AbortSignal): Promise<void> {
    await this.#run('upload', () => this.inner.uploadFile(name, path, signal));
    this.#cells.upload.transferred.observe((await stat(path)).size);
    this.#lastUpload.set(Date.now() / 1000);
  }
  override uploadIfAbsent(name: string, body: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    return this.#run('upload', () => this.inner.uploadIfAbsent(name, body, signal));
  }
  override delete(name: string, signal?: AbortSignal): Promise<void> {
    return this.#run('delete', () => this.inner.delete(name, signal));
  }

  async #fetch(operation: Operation, call: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const bytes = await this.#run(operation, call);
    this.#cells[operation].bytes.inc(bytes.length);
    this.#cells[operation].transferred.observe(bytes.length);
    return bytes;
  }

  async #run<T>(operation: Operation, call: () => Promise<T>): Promise<T> {
    const cells = this.#cells[operation];
    const began = performance.now();
    cells.total.inc();
    try {
      const result = await call();
      cells.seconds.observe((performance.now() - began) / 1000);
      return result;
    } catch (error) {
      if (!isNotFound(error) && (error as Error).name !== 'AbortError') cells.failed.inc();
      throw error;
    }
  }
}
