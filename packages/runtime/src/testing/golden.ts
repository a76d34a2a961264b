import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOP = fileURLToPath(new URL('../../../..', import.meta.url));

/**
 * A folder of golden data, `thanos/help` say: under `$TSANOS_SHARED`, else under `shared` beside the repository. Undefined, and a warning,
 * when it is not there: skip what needs it.
 */
export function goldenFolder(path: string): string | undefined {
  const shared = process.env['TSANOS_SHARED'] ?? join(TOP, '..', 'shared');
  const folder = join(shared, 'golden', path);
  if (existsSync(folder)) return folder;
  console.warn(`no golden data ${path}: tests against it are skipped`);
  return undefined;
}
