import { describe, expect, test } from 'vitest';
import { analysisJson, explainJson } from './explain.ts';

test('explain leaves empty lists of children out', () => {
  const leaf = { name: 'select #0', children: [] };
  const json = explainJson({ name: 'aggregate sum', children: [leaf] });
  expect(json).toBe('{"name":"aggregate sum","children":[{"name":"select #0"}]}');
});

describe('analysis', () => {
  test('has times as texts and leaves zeros out', () => {
    const leaf = { name: 'number 1', executionMs: 0, series: 0, samples: 0, children: [] };
    const root = { name: 'binary +', executionMs: 0.412868, series: 2, samples: 12, children: [leaf] };
    expect(JSON.parse(analysisJson(root))).toEqual({
      name: 'binary +',
      executionTime: '412.868µs',
      series: 2,
      totalSamples: 12,
      children: [{ name: 'number 1', executionTime: '0s' }],
    });
  });

  test('is an empty object when nothing was measured', () => {
    expect(analysisJson(undefined)).toBe('{}');
  });
});
