import { describe, expect, it } from 'vitest';
import type { Matcher, MatchType } from '@tsanos/model';
import { planPostings } from './postings.ts';

const index = { labelValues: (name: string) => (name === 'job' ? ['api', 'db', 'web'] : []) };

/** Anchored, with JS regexes: enough for these patterns. */
function matcher(name: string, type: MatchType, value: string, set?: string[]): Matcher {
  const regex = new RegExp(`^(?:${value})$`, 's');
  const test = {
    '=': (v: string) => v === value,
    '!=': (v: string) => v !== value,
    '=~': (v: string) => regex.test(v),
    '!~': (v: string) => !regex.test(v),
  }[type];
  return {
    name,
    type,
    value,
    matches: test,
    setMatches: () => (type === '=' ? [value] : set),
    prefix: '',
    toString: () => `${name}${type}"${value}"`,
  };
}

describe('planPostings', () => {
  it('intersects what is accepted and takes away what is rejected', () => {
    expect(planPostings([matcher('job', '=~', '.*b'), matcher('job', '!=', 'db')], index)).toEqual({
      empty: false,
      all: false,
      add: [{ name: 'job', values: ['db', 'web'] }],
      remove: [{ name: 'job', values: ['db'] }],
    });
  });
  it('starts from all series when every matcher accepts the empty string', () => {
    expect(planPostings([matcher('job', '=', '')], index)).toEqual({
      empty: false,
      all: true,
      add: [],
      remove: [{ name: 'job', values: ['api', 'db', 'web'] }],
    });
    expect(planPostings([matcher('none', '!~', 'x')], index)).toEqual({ empty: false, all: true, add: [], remove: [] });
  });
  it('knows early when nothing can match', () => {
    expect(planPostings([matcher('job', '=~', 'x.+')], index).empty).toBe(true);
    expect(planPostings([matcher('job', '!=', '')], index).add).toEqual([
      { name: 'job', values: ['api', 'db', 'web'] },
    ]);
  });
  it('does not list values for a finite set', () => {
    const blind = {
      labelValues: () => {
        throw new Error('not needed');
      },
    };
    expect(planPostings([matcher('job', '=~', 'b|a', ['b', 'a'])], blind).add[0].values).toEqual(['a', 'b']);
  });
});
