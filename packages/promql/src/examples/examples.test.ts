import { expect, it } from 'vitest';
import { formatQuery } from './format-query.ts';
import { requestsPerSecond } from './query-in-memory.ts';

it('the examples of the README run', async () => {
  expect(Number(await requestsPerSecond())).toBeCloseTo(6, 9);
  expect(formatQuery('sum by(job)(rate(x{a="b"}[5m]))')).toBe('sum by (job) (rate(x{a="b"}[5m]))');
  expect(formatQuery('sum(')).toBe('1:5: parse error: unclosed left parenthesis');
});
