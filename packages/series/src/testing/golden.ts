import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '../../../..');
const shared = process.env.TSANOS_SHARED ?? join(root, '../shared');

/** The path of a golden file or folder, or undefined (and a warning) where the golden data is not at hand. */
export function goldenPath(name: string): string | undefined {
  const path = join(shared, 'golden', name);
  if (existsSync(path)) return path;
  console.warn(`SKIPPED: golden data ${name} is not there; set TSANOS_SHARED to the folder that holds golden/`);
  return undefined;
}

/** The JSON values of a .jsonl or .jsonl.gz file, one a line. */
export function readJsonLines(path: string): unknown[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const values: unknown[] = [];
  for (const line of text.split('\n')) if (line !== '') values.push(JSON.parse(line));
  return values;
}
