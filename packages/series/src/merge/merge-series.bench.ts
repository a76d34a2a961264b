import { Labels, compareLabels } from '@tsanos/model';
import type { SeriesBatch } from '../series-batch.ts';
import type { CallContext } from '../series-source.ts';
import { seriesBatchOf, seriesOf, toSeries, type TestSeries } from '../testing/batches.ts';
import { testContext } from '../testing/contexts.ts';
import { mergeSeries } from './merge-series.ts';

/** Merges 10 streams of 10,000 series; ratio to merging the same as JS objects with a sorted array of heads. */
const STREAMS = 10;
const SERIES = 10_000;
const BATCH = 64;

const chunk = seriesOf({}, [
  [0, 1],
  [15_000, 2],
]).chunks[0];

function stream(name: (i: number) => number, cluster = 'eu-1'): SeriesBatch[] {
  const series: TestSeries[] = [];
  for (let i = 0; i < SERIES; i++) {
    const n = name(i);
    const labels = Labels.from({
      __name__: 'http_requests_total',
      cluster,
      instance: `host-${String(n % 977)}:9090`,
      job: 'api',
      path: `/api/v1/${n}`,
    });
    const bytes = chunk.bytes.slice();
    series.push({
      labels,
      chunks: [
        { ...chunk, bytes },
        { ...chunk, mint: 30_000, maxt: 45_000, bytes },
      ],
    });
  }
  series.sort((a, b) => compareLabels(a.labels, b.labels));
  const batches: SeriesBatch[] = [];
  for (let i = 0; i < SERIES; i += BATCH) batches.push(seriesBatchOf(...series.slice(i, i + BATCH)));
  return batches;
}

async function* give(batches: readonly SeriesBatch[]): AsyncIterable<SeriesBatch> {
  yield* batches;
}

async function ours(streams: readonly SeriesBatch[][], ctx: CallContext): Promise<number> {
  let count = 0;
  for await (const batch of mergeSeries(streams.map(give), ctx)) count += batch.count;
  return count;
}

/** The plain way: decode every series to an object, keep heads sorted. */
function naive(streams: readonly SeriesBatch[][]): number {
  const inputs = streams.map((batches) => ({ list: batches.flatMap(toSeries), at: 0 }));
  const heads = inputs.filter((input) => input.list.length > 0);
  let count = 0;
  let last: Labels | undefined;
  while (heads.length > 0) {
    let best = heads[0];
    for (const head of heads) if (compareLabels(head.list[head.at].labels, best.list[best.at].labels) < 0) best = head;
    const { labels } = best.list[best.at];
    if (last === undefined || compareLabels(last, labels) !== 0) count++;
    last = labels;
    if (++best.at === best.list.length) heads.splice(heads.indexOf(best), 1);
  }
  return count;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

const cases: Record<string, SeriesBatch[][]> = {
  'interleaved, all different': Array.from({ length: STREAMS }, (_, s) => stream((i) => i * STREAMS + s)),
  'the same in every stream': Array.from({ length: STREAMS }, () => stream((i) => i)),
  'one after the other': Array.from({ length: STREAMS }, (_, s) => stream((i) => i, `eu-${s}`)),
  'a single stream': [stream((i) => i)],
};
console.log(`merge of ${STREAMS} streams x ${SERIES} series in batches of ${BATCH}; ratio to merging objects`);
for (const [name, streams] of Object.entries(cases)) {
  const times: number[] = [];
  const slow: number[] = [];
  let count = 0;
  for (let round = 0; round < 7; round++) {
    let from = performance.now();
    count = await ours(streams, testContext());
    times.push(performance.now() - from);
    if (round > 2) continue;
    from = performance.now();
    naive(streams);
    slow.push(performance.now() - from);
  }
  const total = streams.length * SERIES;
  const ms = median(times);
  console.log(
    `${name.padEnd(28)} ${ms.toFixed(0).padStart(5)} ms  ${((total / ms) * 1000).toFixed(0).padStart(9)} series/s in, ${count} out  (${(median(slow) / ms).toFixed(1)}x)`,
  );
}
