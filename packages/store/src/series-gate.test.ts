import { silentMetrics } from '@tsanos/bytes';
import { expect, test } from 'vitest';
import { SeriesGate } from './series-gate.ts';

/** A stream that gives one value and then waits for `end`. */
function held(): { open: () => AsyncIterable<number>; end: () => void; opened: () => number } {
  let end = (): void => undefined;
  let opened = 0;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  async function* open(): AsyncGenerator<number> {
    opened++;
    yield 1;
    await ended;
  }
  return { open, end, opened: () => opened };
}

async function drain(stream: AsyncIterable<number>): Promise<number> {
  let count = 0;
  for await (const each of stream) count += each;
  return count;
}

test('lets in as many as it may, the next when one ends, and forgets who left', async () => {
  const gate = new SeriesGate(2, silentMetrics);
  const never = new AbortController().signal;
  const leaving = new AbortController();
  const work = [held(), held(), held(), held()];
  const runs = work.map((each, i) => drain(gate.stream(i === 2 ? leaving.signal : never, each.open)));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(work.map((each) => each.opened())).toEqual([1, 1, 0, 0]);
  leaving.abort(new Error('left'));
  await expect(runs[2]).rejects.toThrow('left');
  work[0].end();
  expect(await runs[0]).toBe(1);
  await expect.poll(() => work[3].opened()).toBe(1);
  work[1].end();
  work[3].end();
  expect(await Promise.all([runs[1], runs[3]])).toEqual([1, 1]);
});

test('a consumer that stops gives its place back', async () => {
  const gate = new SeriesGate(1, silentMetrics);
  const never = new AbortController().signal;
  for (let i = 0; i < 3; i++) {
    for await (const each of gate.stream(never, held().open)) {
      expect(each).toBe(1);
      break;
    }
  }
});
