import { SEED, SOAK } from '@tsanos/tsdb/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { runTarget } from './src/fuzz/run-target.ts';
import { allTargets } from './src/fuzz/targets.ts';

// The whole run is `npm run soak -- fuzz`; what it prints can be replayed there.
const { targets, close } = await allTargets();
const INPUTS = Math.round(10_000 * Math.min(1, SOAK));

describe(`readers of bytes from outside (seed ${SEED})`, () => {
  afterAll(close);

  it.each(targets.map((target) => ({ name: target.name, target })))('$name', async ({ target }) => {
    const result = await runTarget(target, SEED, INPUTS);
    expect(result.failures).toEqual([]);
    expect(result.accepted).toBeLessThan(INPUTS);
  });

  it('tells a crash, with the seed that replays it', async () => {
    const broken = {
      name: 'broken',
      input: (roll: (n: number) => number) => Uint8Array.of(roll(200)),
      read: (bytes: Uint8Array) => {
        if (bytes[0] === 7) throw new RangeError('out of bounds');
      },
    };
    const { failures, accepted } = await runTarget(broken, 1, 2000);
    expect(failures.length).toBeGreaterThan(0);
    expect(accepted).toBe(2000 - failures.length);
    const seed = Number(/seed (\d+): RangeError/.exec(failures[0])?.[1]);
    expect((await runTarget(broken, seed, 1)).failures).toHaveLength(1);
  });
});
