import { mkdtemp, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger, silentMetrics } from '@tsanos/bytes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { substituteEnvironment } from './envsubst.ts';
import { Reloader } from './reloader.ts';

let dir: string;
let stop: AbortController;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reloader-'));
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await rm(dir, { recursive: true, force: true });
});

async function until(check: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !check(); i++) await sleep(20);
  expect(check()).toBe(true);
}

describe('Reloader', () => {
  it('expands the template, reloads on changes of content, retries what failed', async () => {
    process.env['RELOADER_TEST'] = 'value';
    const rules = join(dir, 'rules');
    await mkdir(rules);
    await writeFile(join(dir, 'in.yml'), 'a: $(RELOADER_TEST)');
    let calls = 0;
    let fail = true;
    const reloader = new Reloader(
      {
        configFile: join(dir, 'in.yml'),
        outputFile: join(dir, 'out', 'o.yml'),
        ruleDirs: [rules],
        watchIntervalMs: 60_000,
        retryIntervalMs: 20,
      },
      {
        trigger: () => {
          calls++;
          return fail ? Promise.reject(new Error('refused')) : Promise.resolve();
        },
        logger: silentLogger,
        metrics: silentMetrics,
      },
    );
    const running = reloader.run(stop.signal);
    await until(() => calls >= 2);
    fail = false;
    const before = calls;
    await until(() => calls > before);
    expect(await readFile(join(dir, 'out', 'o.yml'), 'utf8')).toBe('a: value');
    const quiet = calls;
    await writeFile(join(dir, 'in.yml'), 'a: $(RELOADER_TEST)');
    await sleep(500);
    expect(calls).toBe(quiet);
    await writeFile(join(rules, 'r.yml'), 'groups: []');
    await until(() => calls > quiet);
    stop.abort();
    await running;
  });

  it('names a variable that is not set', () => {
    expect(() => substituteEnvironment('x: $(NO_SUCH_VARIABLE)', {}, 'p.yml')).toThrow(/p\.yml.*NO_SUCH_VARIABLE/);
  });
});
