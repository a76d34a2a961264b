import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Lets promtool write two-hour blocks of `test_requests_total{instance}` into the data folder `dir`: one sample a minute in
 * [fromMs, toMs), the value counts the minutes.
 */
export async function writePastBlocks(
  promtool: string,
  dir: string,
  fromMs: number,
  toMs: number,
  series = 5,
): Promise<void> {
  const lines = ['# TYPE test_requests counter'];
  for (let i = 0; i < series; i++)
    for (let t = fromMs, n = 0; t < toMs; t += 60_000)
      lines.push(`test_requests_total{instance="${i}"} ${n++} ${t / 1000}`);
  const text = join(dir, 'past.om');
  await writeFile(text, `${lines.join('\n')}\n# EOF\n`);
  await promisify(execFile)(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', text, join(dir, 'data')]);
}
