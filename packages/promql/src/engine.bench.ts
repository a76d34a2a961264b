// Whole queries over 1,000 series × 24 h at 15 s, 1,440 steps, beside bare decoding of the same chunks: `node engine.bench.ts`.
import { SampleColumns, encodeLabels, Labels, compareLabelBytes } from '@tsanos/model';
import { RawReader, SeriesBatchBuilder, encodeXor, type CallContext, type SeriesBatch } from '@tsanos/series';
import { Engine } from './engine.ts';
import type { Queryable } from './queryable.ts';

const SERIES = 1000;
const SAMPLES = 5760;
const CHUNK = 120;
const START = 1_700_006_400_000;
const END = START + SAMPLES * 15_000 - 60_000;
const ROUNDS = 7;

function build(counter: boolean): SeriesBatch {
  const labels = Array.from({ length: SERIES }, (_, i) =>
    encodeLabels(
      Labels.from({
        __name__: counter ? 'c_total' : 'g',
        cluster: 'prod',
        env: 'production',
        handler: `/api/${i % 37}`,
        instance: `host-${i}:9100`,
        job: `job${i % 10}`,
        region: 'eu-west-1',
      }),
    ),
  ).sort((a, b) => compareLabelBytes(a, 0, a.length, b, 0, b.length));
  const builder = new SeriesBatchBuilder();
  const columns = new SampleColumns(SAMPLES);
  labels.forEach((bytes, s) => {
    builder.series(bytes, 0, bytes.length);
    let value = s;
    for (let i = 0; i < SAMPLES; i++) {
      columns.t[i] = START + i * 15_000 + ((i + s) % 5 === 0 ? (i % 13) - 6 : 0);
      value = (i + s) % 997 === 996 ? 0 : value + ((i * 7919 + s) % 20);
      columns.v[i] = counter ? value : Math.round(Math.sin(i / 100 + s) * 10_000 + ((i * 7919) % 100)) / 100;
    }
    for (let from = 0; from < SAMPLES; from += CHUNK) {
      const to = Math.min(SAMPLES, from + CHUNK);
      const chunk = encodeXor(columns.t, columns.w, from, to);
      builder.chunk(chunk, 0, chunk.length, columns.t[from], columns.t[to - 1], 1, 0);
    }
  });
  return builder.finish();
}

const counters = build(true);
const gauges = build(false);
const queryable: Queryable = {
  select: ({ matchers }) => {
    const batch = matchers.some(({ value }) => value === 'g') ? gauges : counters;
    return {
      batches: (async function* () {
        yield await Promise.resolve(batch);
      })(),
      reader: new RawReader(),
    };
  },
};
const ctx: CallContext = {
  cancel: { signal: new AbortController().signal, cancelled: false, throwIfCancelled: () => {} },
  budget: { takeBytes: () => {}, giveBytes: () => {} },
  tenant: 'bench',
  warn: () => {},
};

async function median(run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1];
}

function decodeAll(): void {
  const reader = new RawReader();
  const columns = new SampleColumns(SAMPLES);
  for (let i = 0; i < SERIES; i++) {
    columns.clear();
    reader.read(counters, i, i + 1, START, END, columns);
  }
}

const engine = new Engine();
const decoding = await median(decodeAll);
process.stdout.write(`${'decoding alone'.padEnd(42)} ${decoding.toFixed(0).padStart(5)} ms\n`);
for (const query of [
  'count(rate(c_total[5m]))',
  'sum by (job) (rate(c_total[5m]))',
  'rate(c_total[5m])',
  'count(rate(c_total[1h]))',
  'count(avg_over_time(g[1h]))',
  'count(max_over_time(g[1h]))',
  'count(quantile_over_time(0.9, g[1h]))',
  'g',
  'topk(5, g)',
  'count(c_total / on (instance, job, handler) g)',
]) {
  const ms = await median(() =>
    engine.range({ queryable, query, startMs: START, endMs: END, stepMs: 60_000, rawOnly: true }, ctx),
  );
  const ns = ((ms * 1e6) / (SERIES * 1440)).toFixed(0).padStart(5);
  process.stdout.write(
    `${query.padEnd(42)} ${ms.toFixed(0).padStart(5)} ms, ${ns} ns/point, ${(ms / decoding).toFixed(1)} times decoding\n`,
  );
}
