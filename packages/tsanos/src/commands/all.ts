import { join, resolve } from 'node:path';
import { createBucket, parseBucketConfig, type Bucket, type BucketConfig } from '@tsanos/objstore';
import { createQuerier } from '@tsanos/querier';
import { QUERY_OPTIONS } from '@tsanos/querier/options';
import type { Component, ComponentModules, OptionValues } from '@tsanos/runtime';
import { createInnerStore } from '@tsanos/store';
import { STORE_OPTIONS } from '@tsanos/store/options';
import { generateToBucket } from '@tsanos/tools';

/** Size of the demo data: a day of an HA pair, written in seconds. */
const DEMO = { series: 500, replicas: 2, days: 1, intervalMs: 15_000, churnPerDay: 0.1, histograms: true, seed: 1 };

/**
 * Store and querier in one process. Without `--objstore.config` the bucket is a folder below `--data-dir`, which is filled with
 * demo data when it is empty; a bucket that was named is never written to.
 */
export async function createAll(values: OptionValues, modules: ComponentModules): Promise<readonly Component[]> {
  const storeOptions = values.part(STORE_OPTIONS);
  const queryOptions = values.part(QUERY_OPTIONS);
  const option = storeOptions.get('objstore.config');
  const text = await option.read();
  const own = text === '';
  const config: BucketConfig = own
    ? { type: 'FILESYSTEM', prefix: '', config: { directory: join(resolve(storeOptions.get('data-dir')), 'bucket') } }
    : parseBucketConfig(text, option.source);
  const store = await createInnerStore(storeOptions, modules, config);
  const local = { componentType: 'store', info: () => store.info(), notReady: () => store.notReady() };
  const querier = await createQuerier(queryOptions, modules, [local]);
  const hint = new StartHint(modules);
  return own ? [new DemoData(createBucket(config), modules), store, querier, hint] : [store, querier, hint];
}

/** Writes demo data into an empty bucket before anything looks at it. */
class DemoData implements Component {
  readonly name = 'demo data';
  readonly #bucket: Bucket;
  readonly #modules: ComponentModules;

  constructor(bucket: Bucket, modules: ComponentModules) {
    this.#bucket = bucket;
    this.#modules = modules;
  }

  notReady(): string | undefined {
    return undefined;
  }

  async start(signal: AbortSignal): Promise<void> {
    for await (const _ of this.#bucket.list('', { signal })) return;
    const { log } = this.#modules;
    log.info('the bucket is empty: writing demo data', {
      bucket: this.#bucket.name,
      series: DEMO.series,
      days: DEMO.days,
    });
    const began = performance.now();
    const blocks = await generateToBucket(this.#bucket, { ...DEMO, endMs: Date.now(), signal });
    log.info('demo data is written', {
      blocks: blocks.length,
      seconds: ((performance.now() - began) / 1000).toFixed(1),
    });
  }

  stop(): Promise<void> {
    return this.#bucket.close();
  }
}

/** Says where to look, last of all. */
class StartHint implements Component {
  readonly name = 'hint';
  readonly #modules: ComponentModules;

  constructor(modules: ComponentModules) {
    this.#modules = modules;
  }

  notReady(): string | undefined {
    return undefined;
  }

  start(): Promise<void> {
    const base = `http://localhost:${this.#modules.http.port}`;
    process.stderr.write(
      `\nTsanos is ready.\n  page:    ${base}/\n  query:   curl -s '${base}/api/v1/query' --data-urlencode 'query=sum(rate(http_requests_total[5m]))'\n  Grafana: add ${base} as a Prometheus data source\n\n`,
    );
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
