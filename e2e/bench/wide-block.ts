import { encodeLabels, SampleColumns } from '@tsanos/model';
import { Encoding, encodeXor } from '@tsanos/series';
import { BlockWriter, type BlockChunk } from '@tsanos/tsdb';

const INTERVAL_MS = 15_000;
const CHUNK_SAMPLES = 120;
/** Different courses of a counter; series take one after the other. */
const BODIES = 97;

export interface WideBlockOptions {
  readonly folder: string;
  readonly startMs: number;
  readonly hours: number;
  readonly series: number;
}

/** A block of many short counters `wide_requests_total` in 100 jobs. */
export function wideBlock({ folder, startMs, hours, series }: WideBlockOptions): void {
  const writer = new BlockWriter(folder, { tombstones: false });
  const bodies = Array.from({ length: BODIES }, (_, seed) => counterChunks(seed, startMs, hours));
  for (let i = 0; i < series; i++) {
    const labels = encodeLabels([
      ['__name__', 'wide_requests_total'],
      ['code', '200'],
      ['instance', `host-${String(i).padStart(7, '0')}:9100`],
      ['job', `job-${String(i % 100).padStart(3, '0')}`],
      ['method', 'GET'],
    ]);
    writer.addSeries(labels, bodies[i % BODIES]);
  }
  writer.finish({ minTime: startMs, maxTime: startMs + hours * 3_600_000 });
}

function counterChunks(seed: number, startMs: number, hours: number): BlockChunk[] {
  const chunks: BlockChunk[] = [];
  const count = (hours * 3_600_000) / INTERVAL_MS;
  const { t, v, w } = new SampleColumns(CHUNK_SAMPLES);
  let value = seed;
  for (let at = 0; at < count; at += CHUNK_SAMPLES) {
    const n = Math.min(CHUNK_SAMPLES, count - at);
    for (let k = 0; k < n; k++) {
      t[k] = startMs + (at + k) * INTERVAL_MS + (((at + k) * 7 + seed) % 5 === 0 ? seed % 10 : 0);
      value += 1 + (((at + k) * (seed + 3)) % 11);
      v[k] = value;
    }
    const bytes = encodeXor(t, w, 0, n);
    chunks.push({ mint: t[0], maxt: t[n - 1], encoding: Encoding.XOR, bytes, offset: 0, length: bytes.length });
  }
  return chunks;
}
