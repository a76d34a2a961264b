// The proxy's merge over children in this process, 100,000 series of four chunks each; ratio to one child passed through.
// node packages/storeapi/src/proxy-source.bench.ts
import { createMatcher, encodeLabels, Labels } from '@tsanos/model';
import { SeriesBatchBuilder, type SeriesBatch, type SeriesRequest, type SeriesSource } from '@tsanos/series';
import { testContext } from '@tsanos/series/testing';
import type { ProxyEndpoint } from './proxy-endpoint.ts';
import { ProxySource } from './proxy-source.ts';

const SERIES = 100_000;
const CHUNK_BYTES = 215;

function batches(replica: string): SeriesBatch[] {
  const list: SeriesBatch[] = [];
  for (let from = 0; from < SERIES; from += 1000) {
    const builder = new SeriesBatchBuilder();
    const chunks = Buffer.alloc(4000 * CHUNK_BYTES, replica);
    for (let i = 0; i < 1000; i++) {
      const instance = `host-${String(from + i).padStart(7, '0')}:9100`;
      const labels = encodeLabels(
        Labels.from({ __name__: 'http_requests_total', cluster: 'eu1', instance, job: 'api', replica, status: '200' }),
      );
      builder.series(labels, 0, labels.length);
      for (let c = 0; c < 4; c++) {
        const mint = 1.7e12 + c * 1_800_000;
        builder.chunk(chunks, (i * 4 + c) * CHUNK_BYTES, CHUNK_BYTES, mint, mint + 1_785_000, 1, 0);
      }
    }
    list.push(builder.finish());
  }
  return list;
}

function child(data: readonly SeriesBatch[], supportsWithoutReplicaLabels = true): ProxyEndpoint {
  const source: SeriesSource = {
    async *series() {
      yield* data;
    },
    labelNames: () => Promise.resolve([]),
    labelValues: () => Promise.resolve([]),
  };
  return {
    address: 'a:1',
    source,
    labelSets: [],
    mint: 0,
    maxt: 2 ** 63,
    supportsSharding: true,
    supportsWithoutReplicaLabels,
  };
}

const request: SeriesRequest = {
  mint: 0,
  maxt: 2e12,
  matchers: [createMatcher('=', 'job', 'api')],
  maxResolutionMs: 0,
  aggregates: [],
  partialResponse: 'warn',
  skipChunks: false,
  withoutReplicaLabels: [],
  limit: 0,
};
const [a, again, b] = [batches('a'), batches('a'), batches('b')];
const cases: [name: string, endpoints: ProxyEndpoint[], withoutReplicaLabels: string[]][] = [
  ['one child', [child(a)], []],
  ['two replicas, interleaved', [child(a), child(b)], []],
  ['two children with equal series', [child(a), child(again)], []],
  ['two replicas that cannot drop their label', [child(a, false), child(b, false)], ['replica']],
];
const times = cases.map((): number[] => []);
for (let round = 0; round < 4; round++) {
  for (const [k, [, endpoints, withoutReplicaLabels]] of cases.entries()) {
    const from = performance.now();
    let count = 0;
    const proxy = new ProxySource({ endpoints: () => endpoints });
    for await (const batch of proxy.series({ ...request, withoutReplicaLabels }, testContext())) count += batch.count;
    if (count < SERIES) throw new Error(`${count} series`);
    if (round > 0) times[k].push(performance.now() - from);
  }
}
const best = times.map((list) => Math.min(...list));
cases.forEach(([name, endpoints], k) => {
  const rate = Math.round((SERIES * endpoints.length) / best[k]);
  console.info(`${name}: ${best[k].toFixed(0)} ms, ${rate} series/ms, ${(best[k] / best[0]).toFixed(1)}x one child`);
});
