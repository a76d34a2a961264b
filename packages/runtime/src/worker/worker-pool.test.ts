import { silentLogger } from '@tsanos/bytes';
import { expect, test } from 'vitest';
import { Registry } from '../metrics/registry.ts';
import { workerPoolSuite } from '../testing/worker-pool-suite.ts';
import { createWorkerPool } from './create-pool.ts';

workerPoolSuite(0);
workerPoolSuite(2);

test('a pool whose engine cannot start fails at once and says why', async () => {
  const failing = createWorkerPool({
    size: 2,
    engines: ['broken'],
    entry: new URL('../testing/fixtures/broken-worker.ts', import.meta.url),
    load: () => Promise.reject(new Error('not used')),
    log: silentLogger,
    metrics: new Registry(),
  });
  await expect(failing).rejects.toMatchObject({
    code: 'worker-start',
    cause: { message: 'the engine cannot open its files' },
  });
});
