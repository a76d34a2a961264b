import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMatcher, encodeLabels, SampleColumns } from '@tsanos/model';
import { encodeXor, Encoding } from '@tsanos/series';
import { Block } from './block.ts';
import { BlockWriter } from './block-writer.ts';

/** Opens, writes and reads a block; the reference in the same run is a plain copy of the chunk bytes, the least one can do. */
const SERIES = 20_000;
const CHUNKS = 4;

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

const folder = mkdtempSync(join(tmpdir(), 'tsanos-bench-'));
const columns = new SampleColumns(120 * CHUNKS);
for (let i = 0; i < 120 * CHUNKS; i++) {
  columns.t[i] = 1.7e12 + i * 15_000;
  columns.v[i] = i * 7 + (i % 3);
}
const bodies = Array.from({ length: CHUNKS }, (_, k) => {
  const bytes = encodeXor(columns.t, columns.w, k * 120, (k + 1) * 120);
  return {
    mint: columns.t[k * 120],
    maxt: columns.t[k * 120 + 119],
    encoding: Encoding.XOR,
    bytes,
    offset: 0,
    length: bytes.length,
  };
});
let started = performance.now();
const writer = new BlockWriter(folder);
for (let i = 0; i < SERIES; i++) {
  const id = String(i).padStart(6, '0');
  writer.addSeries(
    encodeLabels(
      [
        ['__name__', 'bench'],
        ['instance', `i-${id}`],
        ['job', `j-${i % 10}`],
        ['pod', `p-${id}`],
        ['zone', `z-${i % 3}`],
      ].sort() as [string, string][],
    ),
    bodies,
  );
}
writer.finish();
console.log(
  `write: ${Math.round(SERIES / (performance.now() - started))} k series/s with ${CHUNKS} chunks each, synced`,
);

const times: Record<'open' | 'select' | 'labels' | 'postings' | 'copy', number[]> = {
  open: [],
  select: [],
  labels: [],
  postings: [],
  copy: [],
};
const all = [createMatcher('=', '__name__', 'bench')];
for (let round = 0; round < 9; round++) {
  started = performance.now();
  const block = await Block.open(join(folder, writer.ulid));
  times.open.push(performance.now() - started);
  let bytes = 0;
  started = performance.now();
  for await (const batch of block.select(all, -Infinity, Infinity))
    for (const length of batch.chunkLength) bytes += length;
  times.select.push(performance.now() - started);
  started = performance.now();
  for await (const batch of block.select(all, -Infinity, Infinity, { skipChunks: true })) bytes += batch.count;
  times.labels.push(performance.now() - started);
  started = performance.now();
  for await (const batch of block.select(
    [createMatcher('=~', 'pod', 'p-0.*7'), createMatcher('!=', 'zone', 'z-1')],
    0,
    1,
  ))
    bytes += batch.count;
  times.postings.push(performance.now() - started);
  const source = Buffer.alloc(bytes);
  started = performance.now();
  Buffer.from(source);
  times.copy.push(performance.now() - started);
  block.close();
}
const copy = median(times.copy);
for (const [name, list] of Object.entries(times)) {
  const ms = median(list);
  console.log(
    `${name}: ${ms.toFixed(2)} ms, ${(ms / copy).toFixed(1)} × a copy of the chunk bytes${name === 'select' || name === 'labels' ? `, ${Math.round(SERIES / ms)} k series/s` : ''}`,
  );
}
rmSync(folder, { recursive: true });
