import { createMatcher } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { combinePostings, planPostings } from './plan-postings.ts';

const values: Readonly<Record<string, readonly string[]>> = { job: ['api', 'db', 'web'] };
const index = {
  labelValues: (name: string, filter: (value: string) => boolean = () => true) => (values[name] ?? []).filter(filter),
};

describe('planPostings', () => {
  it('intersects what is accepted and takes away what is rejected', () => {
    expect(planPostings([createMatcher('=~', 'job', '.*b'), createMatcher('!=', 'job', 'db')], index)).toEqual({
      add: [{ name: 'job', values: ['db', 'web'] }],
      remove: [{ name: 'job', values: ['db'] }],
    });
  });

  it('starts from all series when every matcher accepts the empty string', () => {
    const all = { name: '', values: [''] };
    expect(planPostings([createMatcher('=', 'job', '')], index)).toEqual({
      add: [all],
      remove: [{ name: 'job', values: ['api', 'db', 'web'] }],
    });
    expect(planPostings([createMatcher('!~', 'none', 'x.+')], index)).toEqual({ add: [all], remove: [] });
    expect(planPostings([], index)).toEqual({ add: [all], remove: [] });
  });

  it('knows early when nothing can match', () => {
    expect(planPostings([createMatcher('=~', 'job', 'x.+'), createMatcher('!=', 'job', 'db')], index)).toEqual({
      add: [],
      remove: [],
    });
  });

  it('does not list values for a finite set', () => {
    const blind = {
      labelValues: (): string[] => {
        throw new Error('not needed');
      },
    };
    expect(planPostings([createMatcher('=~', 'job', 'b|a|b')], blind).add[0].values).toEqual(['a', 'b']);
  });
});

describe('combinePostings', () => {
  it('unites groups, intersects them, then takes away', () => {
    const list = (...refs: number[]): Uint32Array => Uint32Array.from(refs);
    expect([...combinePostings([[list(1, 3), list(2, 5)], [list(2, 3, 5, 9)]], [[list(3)], [list(4)]])]).toEqual([
      2, 5,
    ]);
    expect([...combinePostings([[list(1)], []], [])]).toEqual([]);
    expect([...combinePostings([], [])]).toEqual([]);
  });
});
