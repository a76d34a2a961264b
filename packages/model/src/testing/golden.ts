import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** The folder of shared material beside the repository; TSANOS_SHARED names another one. */
const SHARED = process.env['TSANOS_SHARED'] ?? fileURLToPath(new URL('../../../../../shared', import.meta.url));

/** Path of something under `golden/`. */
export function goldenPath(...parts: string[]): string {
  return join(SHARED, 'golden', ...parts);
}

/** Whether the golden data is here; says so loudly, once a file that asks, when it is not. */
export function goldenAvailable(): boolean {
  const here = existsSync(goldenPath());
  if (!here) console.warn(`SKIPPED: the golden data is not at ${goldenPath()}; tests that need it do not run`);
  return here;
}

/** The JSON values of a `.jsonl` or `.jsonl.gz` file. */
export function goldenLines<T>(...parts: string[]): T[] {
  const path = goldenPath(...parts);
  const raw = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(raw) : raw).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
