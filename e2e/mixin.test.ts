import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Server } from '@tsanos/objstore/testing';
import { goldenAvailable, goldenPath } from '@tsanos/model/testing';
import { findPrometheus } from '@tsanos/runtime/testing';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scrape, total, type MetricsPage } from './src/metrics-page.ts';
import { writePastBlocks } from './src/past-blocks.ts';
import { eventually } from './src/process.ts';
import { startPrometheus, type RunningPrometheus } from './src/prometheus.ts';
import { api, rows } from './src/query.ts';
import { startTsanos, type RunningTsanos } from './src/tsanos.ts';

const binary = findPrometheus();
type Component = 'sidecar' | 'store' | 'query';

/** What dashboards, alerts and recording rules of Thanos' mixin ask of each component: name, label names, and whether our traffic moves it. */
const MIXIN: Readonly<
  Record<Component, readonly (readonly [name: string, labels: readonly string[], moves: boolean])[]>
> = {
  sidecar: [
    ['thanos_sidecar_prometheus_up', [], true],
    ['grpc_server_handled_total', ['grpc_code', 'grpc_method', 'grpc_type'], true],
    ['grpc_server_started_total', ['grpc_type'], true],
    ['grpc_server_handling_seconds_bucket', ['grpc_method', 'grpc_type', 'le'], true],
    ['thanos_objstore_bucket_last_successful_upload_time', ['bucket'], true],
    ['thanos_objstore_bucket_operations_total', ['operation'], true],
    ['thanos_objstore_bucket_operation_failures_total', ['operation'], false],
    ['thanos_objstore_bucket_operation_duration_seconds_bucket', ['le', 'operation'], true],
    ['thanos_shipper_uploads_total', [], true],
    ['go_goroutines', [], true],
    ['go_gc_duration_seconds', ['quantile'], false],
    ['go_memstats_alloc_bytes', [], true],
    ['go_memstats_alloc_bytes_total', [], true],
    ['go_memstats_heap_alloc_bytes', [], true],
    ['go_memstats_heap_inuse_bytes', [], true],
    ['go_memstats_stack_inuse_bytes', [], true],
  ],
  store: [
    ['grpc_server_handled_total', ['grpc_code', 'grpc_method', 'grpc_type'], true],
    ['grpc_server_handling_seconds_bucket', ['grpc_method', 'grpc_type', 'le'], true],
    ['thanos_bucket_store_block_loads_total', [], true],
    ['thanos_bucket_store_block_load_failures_total', [], false],
    ['thanos_bucket_store_block_drops_total', [], false],
    ['thanos_bucket_store_block_drop_failures_total', [], false],
    ['thanos_bucket_store_sent_chunk_size_bytes_bucket', ['le'], true],
    ['thanos_bucket_store_series_gate_duration_seconds_bucket', ['le'], true],
    ['thanos_bucket_store_series_blocks_queried_count', [], true],
    ['thanos_bucket_store_series_blocks_queried_sum', [], true],
    ['thanos_bucket_store_series_data_fetched_count', ['data_type'], true],
    ['thanos_bucket_store_series_data_fetched_sum', ['data_type'], true],
    ['thanos_bucket_store_series_data_touched_count', ['data_type'], true],
    ['thanos_bucket_store_series_data_touched_sum', ['data_type'], true],
    ['thanos_bucket_store_series_get_all_duration_seconds_bucket', ['le'], true],
    ['thanos_bucket_store_series_merge_duration_seconds_bucket', ['le'], true],
    ['thanos_bucket_store_series_result_series_count', [], true],
    ['thanos_bucket_store_series_result_series_sum', [], true],
    ['thanos_objstore_bucket_operations_total', ['operation'], true],
    ['thanos_objstore_bucket_operation_failures_total', ['operation'], false],
    ['thanos_objstore_bucket_operation_duration_seconds_bucket', ['le', 'operation'], true],
    ['thanos_objstore_bucket_operation_duration_seconds_count', ['operation'], true],
    ['thanos_objstore_bucket_operation_duration_seconds_sum', ['operation'], true],
    ['thanos_store_index_cache_requests_total', ['item_type'], true],
    ['thanos_store_index_cache_hits_total', ['item_type'], true],
    ['thanos_store_index_cache_items_added_total', ['item_type'], true],
    ['thanos_store_index_cache_items_evicted_total', ['item_type'], false],
  ],
  query: [
    ['grpc_client_handled_total', ['grpc_code', 'grpc_method', 'grpc_type'], true],
    ['grpc_client_started_total', ['grpc_type'], true],
    ['grpc_client_handling_seconds_bucket', ['grpc_type', 'le'], true],
    ['http_requests_total', ['code', 'handler', 'tenant'], true],
    ['http_request_duration_seconds_bucket', ['handler', 'le'], true],
    ['thanos_query_concurrent_gate_queries_in_flight', [], false],
    ['thanos_query_concurrent_gate_queries_max', [], true],
    ['thanos_query_store_apis_dns_failures_total', [], false],
    ['thanos_query_store_apis_dns_lookups_total', [], true],
  ],
};

/** Metrics of Thanos that tell of something that is not here, and why. */
const LACKING: readonly (readonly [RegExp, string])[] = [
  [/^grpc_req_panics_recovered_total$/, 'an error of a handler is a status; there are no panics'],
  [/^grpc_server_handled_total$/, 'of the querier: nobody calls it in this test'],
  [/^(prometheus|thanos)_engine_/, "Go's engines; ours is measured by the HTTP metrics and its own"],
  [/^thanos_query_concurrent_selects_gate_/, 'selects run in workers, bounded by their number'],
  [/^thanos_query_endpoint_groups_dns_/, '--endpoint-group is not there yet'],
  [/^thanos_store_api_query_duration_seconds$/, '--query.telemetry is not there yet'],
  [/^thanos_proxy_store_empty_stream_responses_total$/, 'empty streams are no event of ours'],
  [
    /^thanos_store_(selects_dropped_total|server_)/,
    'limits of a call are told by its status in grpc_server_handled_total',
  ],
  [/^prometheus_store_received_frames$/, 'batches, not frames, are what passes'],
  [/^thanos_cache_inmemory_|^thanos_store_bucket_cache_/, '--store.caching-bucket.config is not there yet'],
  [/^thanos_store_index_cache_/, 'the cache keeps ranges of bytes, not items of tenants'],
  [
    /^thanos_bucket_store_(cached_postings|lazy_expanded|empty_postings|postings_size)/,
    'postings are not cached as items',
  ],
  [
    /^thanos_bucket_store_(chunks|postings|series)_fetch_duration/,
    'one figure of all GETs: series_fetch_duration_seconds',
  ],
  [/^thanos_bucket_store_(indexheader_|block_load_duration)/, 'an index-header is read where it is needed'],
  [/^thanos_bucket_store_queries_dropped_total$/, 'shown once a call was dropped'],
  [/^thanos_consistency_delay_seconds$/, 'the flag tells it'],
  [
    /^thanos_sidecar_reloader_(info|config_environment_variable_expansion_errors)$/,
    'undefined variables fail the apply',
  ],
];

describe.skipIf(binary === undefined)('metrics that the mixin looks at', () => {
  let s3: S3Server;
  let prometheus: RunningPrometheus;
  const running = {} as Record<Component, RunningTsanos>;
  const pages = {} as Record<Component, MetricsPage>;

  beforeAll(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tsanos-mixin-'));
    const now = Math.floor(Date.now() / 60_000) * 60_000;
    await writePastBlocks(binary!.promtool, dir, now - 9 * 3_600_000, now - 5 * 3_600_000);
    s3 = await S3Server.start();
    prometheus = await startPrometheus(binary!.prometheus, { externalLabels: { cluster: 'demo', replica: 'a' }, dir });
    running.sidecar = await startTsanos('sidecar', [
      `--prometheus.url=${prometheus.url}`,
      `--tsdb.path=${join(dir, 'data')}`,
      `--objstore.config=${s3.yaml()}`,
    ]);
    await eventually(
      'blocks in the bucket',
      async () => total(await scrape(running.sidecar.http), 'thanos_shipper_uploads_total') >= 2,
    );
    running.store = await startTsanos('store', [`--objstore.config=${s3.yaml()}`, `--data-dir=${join(dir, 'store')}`]);
    running.query = await startTsanos('query', [
      `--endpoint=dns+localhost:${running.store.grpc.split(':')[1]}`,
      `--endpoint=${running.sidecar.grpc}`,
      '--query.replica-label=replica',
    ]);
    const range = { start: String(now / 1000 - 36_000), end: String(now / 1000), step: '60' };
    await eventually(
      'data',
      async () =>
        (await rows(running.query.http, 'query_range', { query: 'test_requests_total', ...range })).length === 5,
    );
    for (const query of ['sum(rate(test_requests_total[5m]))', 'count(test_requests_total)'])
      await rows(running.query.http, 'query_range', { query, ...range });
    await rows(running.query.http, 'query', { query: 'test_requests_total', time: range.start });
    await api(running.query.http, 'query', { query: 'sum(' });
    await fetch(`${running.query.http}/api/v1/labels`);
    for (const path of ['blocks', 'status/flags']) await fetch(`${running.store.http}/api/v1/${path}`);
    // Workers tell the figures of their caches every other second.
    await eventually(
      'the cache in the metrics',
      async () => total(await scrape(running.store.http), 'thanos_store_index_cache_hits_total') > 0,
      10_000,
    );
    for (const one of ['sidecar', 'store', 'query'] as const) pages[one] = await scrape(running[one].http);
  }, 120_000);

  afterAll(async () => {
    for (const one of Object.values(running)) await one.process.stop();
    await prometheus?.process.stop();
    await s3?.close();
  });

  describe.each(['sidecar', 'store', 'query'] as const)('%s', (component) => {
    it.each(MIXIN[component])('%s %j', (name, labels, moves) => {
      const samples = pages[component].get(name);
      expect(samples, `${name} is not on the page`).toBeDefined();
      for (const label of labels) expect(Object.keys(samples![0].labels), name).toContain(label);
      if (moves) expect(total(pages[component], name), name).toBeGreaterThan(0);
    });

    it.skipIf(!goldenAvailable())('has the names and labels that Thanos shows', () => {
      const golden = JSON.parse(readFileSync(goldenPath(`thanos/metrics/${component}.json`), 'utf8')) as {
        name: string;
        type: string;
        labels: string[];
      }[];
      const page = pages[component];
      const missing: string[] = [];
      for (const { name, type, labels } of golden) {
        if (/^(go_|process_|promhttp_)/.test(name)) continue;
        const shown = type === 'histogram' ? `${name}_bucket` : name;
        const samples = page.get(shown) ?? page.get(name);
        if (samples === undefined) missing.push(name);
        else {
          const have = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
          const lacks = labels.filter((label) => !have.has(label));
          if (lacks.length > 0) missing.push(`${name}{${lacks.join()}}`);
        }
      }
      expect(missing.filter((name) => !LACKING.some(([pattern]) => pattern.test(name)))).toEqual([]);
    });
  });
});
