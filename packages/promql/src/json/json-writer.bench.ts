// node packages/promql/src/json/json-writer.bench.ts: MB/s of matrix rows, and the ratio to JSON.stringify of the same answer.
import { encodeLabels, formatFloat } from '@tsanos/model';
import { JsonWriter } from './json-writer.ts';

const ROWS = 300;
const STEPS = 1440;
const labels = encodeLabels([
  ['__name__', 'http_requests_total'],
  ['instance', 'node-1:9100'],
  ['job', 'node'],
]);
const times = Float64Array.from({ length: STEPS }, (_, i) => 1_700_000_000_000 + i * 60_000);
const mask = new Uint8Array(STEPS).fill(1);
const kinds: Record<string, (i: number) => number> = {
  'full precision': (i) => Math.sin(i) * 1000,
  'two decimals': (i) => Math.round(Math.abs(Math.sin(i)) * 1e6) / 100,
  'whole numbers': (i) => i * 977,
};

function best(run: () => number): { ms: number; bytes: number } {
  let ms = Infinity;
  let bytes = 0;
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    bytes = run();
    ms = Math.min(ms, performance.now() - start);
  }
  return { ms, bytes };
}

for (const [name, value] of Object.entries(kinds)) {
  const values = Float64Array.from({ length: STEPS }, (_, i) => value(i));
  const writer = new JsonWriter(1 << 24);
  const ours = best(() => {
    writer.clear();
    for (let row = 0; row < ROWS; row++) writer.matrixRow(labels, 0, labels.length, times, values, mask);
    return writer.length;
  });
  const theirs = best(() => {
    let length = 0;
    for (let row = 0; row < ROWS; row++) {
      const points = Array.from(values, (v, i): [number, string] => [times[i] / 1000, formatFloat(v)]);
      length += JSON.stringify({
        metric: { __name__: 'http_requests_total', instance: 'node-1:9100', job: 'node' },
        values: points,
      }).length;
    }
    return length;
  });
  const speed = ours.bytes / ours.ms / 1000;
  const point = (ours.ms * 1e6) / ROWS / STEPS;
  console.log(
    `${name}: ${speed.toFixed(0)} MB/s, ${point.toFixed(0)} ns a point, ${(theirs.ms / ours.ms).toFixed(1)} times as fast as JSON.stringify`,
  );
}
