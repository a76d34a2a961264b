import { silentLogger } from '@tsanos/bytes';
import { describe, expect, test } from 'vitest';
import type { Component } from '../component.ts';
import { Group } from './group.ts';

const events: string[] = [];
const component = (name: string, change: Partial<Component> = {}): Component => ({
  name,
  start: async () => {
    events.push(`start ${name}`);
  },
  notReady: () => undefined,
  stop: async () => {
    events.push(`stop ${name}`);
  },
  ...change,
});

describe('group', () => {
  test('starts in order, stops in reverse, once', async () => {
    events.length = 0;
    let waiting: string | undefined = 'a sync';
    const group = new Group([component('a'), component('b', { notReady: () => waiting })], silentLogger);
    expect(group.notReady()).toBe('a has not started yet');
    await group.start();
    expect(group.notReady()).toBe('b: a sync');
    waiting = undefined;
    expect(group.notReady()).toBeUndefined();
    await Promise.all([group.stop(AbortSignal.timeout(1000)), group.stop(AbortSignal.timeout(1000))]);
    expect(group.notReady()).toBe('shutting down');
    expect(events).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  test('a failed start stops what was started, aborts the signal and is thrown', async () => {
    events.length = 0;
    let seen: AbortSignal | undefined;
    const group = new Group(
      [
        component('a', {
          start: async (signal) => {
            seen = signal;
          },
        }),
        component('b', { start: () => Promise.reject(new Error('no bucket')) }),
        component('c'),
      ],
      silentLogger,
    );
    await expect(group.start()).rejects.toThrow('no bucket');
    expect(seen?.aborted).toBe(true);
    expect(events).toEqual(['stop b', 'stop a']);
  });

  test('one that fails or hangs does not keep the others', async () => {
    events.length = 0;
    const group = new Group(
      [
        component('a'),
        component('hangs', { stop: () => new Promise(() => {}) }),
        component('fails', { stop: () => Promise.reject(new Error('x')) }),
      ],
      silentLogger,
    );
    await group.start();
    await group.stop(AbortSignal.timeout(10));
    expect(events.at(-1)).toBe('stop a');
  });
});
