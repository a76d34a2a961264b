import { SampleColumns } from '@tsanos/model';
import { decodeXor } from './xor-decode.ts';
import { decodeXorExact } from './xor-decode-exact.ts';
import { encodeXor } from './xor-encode.ts';

/** One series of 120-sample chunks a kind of data, after `design/performance.md`. */
const kinds: Record<string, (i: number, random: () => number) => number> = {
  const: () => 42,
  counter: (i) => i * 7 + (i % 3),
  gauge2: (i, random) => Math.round((50 + 20 * Math.sin(i / 50) + random()) * 100) / 100,
  float: (i, random) => Math.sin(i / 10) * 1e5 + random(),
};

function columns(kind: string, jitter: boolean, n: number): SampleColumns {
  let seed = 1;
  const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const out = new SampleColumns(n);
  for (let i = 0; i < n; i++) {
    out.t[i] = 1.7e12 + i * 15000 + (jitter && random() < 0.2 ? Math.floor(random() * 20) - 10 : 0);
    out.v[i] = kinds[kind](i, random);
  }
  out.n = n;
  return out;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

const n = 120 * 200;
console.log('XOR chunks of 120 samples, Msamples/s, ratio to the bit-by-bit decoder in the same run');
for (const kind of Object.keys(kinds)) {
  for (const jitter of [false, true]) {
    const data = columns(kind, jitter, n);
    const chunks: Uint8Array[] = [];
    for (let i = 0; i < n; i += 120) chunks.push(encodeXor(data.t, data.w, i, i + 120));
    const bytes = Buffer.concat([...chunks, new Uint8Array(64)]);
    const out = new SampleColumns(n);
    const decodeAll = (decode: typeof decodeXor): void => {
      out.n = 0;
      let offset = 0;
      for (const chunk of chunks) {
        decode(bytes, offset, chunk.length, out);
        offset += chunk.length;
      }
    };
    const encodeAll = (): void => {
      for (let i = 0; i < n; i += 120) encodeXor(data.t, data.w, i, i + 120);
    };
    const times: Record<'fast' | 'slow' | 'encode', number[]> = { fast: [], slow: [], encode: [] };
    for (let round = 0; round < 15; round++) {
      let from = performance.now();
      for (let k = 0; k < 8; k++) decodeAll(decodeXor);
      times.fast.push((performance.now() - from) / 8);
      from = performance.now();
      decodeAll(decodeXorExact);
      times.slow.push(performance.now() - from);
      from = performance.now();
      for (let k = 0; k < 4; k++) encodeAll();
      times.encode.push((performance.now() - from) / 4);
    }
    const rate = (ms: number): string => (n / ms / 1000).toFixed(0).padStart(4);
    const fast = median(times.fast);
    const slow = median(times.slow);
    const encode = median(times.encode);
    const name = (kind + (jitter ? '_jit' : '')).padEnd(12);
    console.log(
      `${name} decode ${rate(fast)} (${(slow / fast).toFixed(1)}x)  encode ${rate(encode)} (${(slow / encode).toFixed(1)}x)  ${(bytes.length / n).toFixed(2)} B/sample`,
    );
  }
}
