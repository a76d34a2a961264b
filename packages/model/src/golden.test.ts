import { describe, expect, it } from 'vitest';
import {
  compareLabelBytes,
  compareLabels,
  createMatcher,
  decodeLabels,
  encodeLabels,
  formatDuration,
  formatFloat,
  formatFloatG,
  formatTimestamp,
  hashLabels,
  Labels,
  labelsToString,
  parseDuration,
  parseFloatGo,
  parseSignedDuration,
  type Label,
  type MatchType,
} from './index.ts';
import { goldenAvailable, goldenLines } from './testing/index.ts';

function fromBits(hex: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, parseInt(hex.slice(0, 8), 16));
  view.setUint32(4, parseInt(hex.slice(8), 16));
  return view.getFloat64(0);
}

describe.skipIf(!goldenAvailable())('golden values', () => {
  it('matchers', () => {
    const wrong: string[] = [];
    for (const row of goldenLines<{
      type: MatchType;
      pattern: string;
      error?: string;
      matches: string[];
      misses: string[];
      setMatches?: string[];
    }>('tsdb', 'values', 'matchers.jsonl.gz')) {
      try {
        const matcher = createMatcher(row.type, 'x', row.pattern);
        if (row.error !== undefined) wrong.push(`${row.pattern}: no error, expected ${row.error}`);
        const set = matcher.setMatches();
        if (
          row.setMatches !== undefined &&
          String([...new Set(set)].sort()) !== String([...new Set(row.setMatches)].sort())
        )
          wrong.push(`${row.pattern}: set ${set}, expected ${row.setMatches}`);
        for (const v of row.matches ?? [])
          if (set !== undefined && !set.includes(v)) wrong.push(`${row.pattern}: set lacks ${JSON.stringify(v)}`);
        for (const v of row.matches ?? [])
          if (!matcher.matches(v)) wrong.push(`${row.type} ${row.pattern} must match ${JSON.stringify(v)}`);
        for (const v of row.misses ?? [])
          if (matcher.matches(v)) wrong.push(`${row.type} ${row.pattern} must not match ${JSON.stringify(v)}`);
      } catch (error) {
        if ((error as Error).message !== row.error)
          wrong.push(`${row.pattern}: ${(error as Error).message} instead of ${row.error}`);
      }
    }
    expect(wrong).toEqual([]);
  });
  it('durations', () => {
    for (const row of goldenLines<{
      text: string;
      ms?: number;
      string?: string;
      error?: string;
      negativeAllowed?: boolean;
    }>('tsdb', 'values', 'duration-parse.jsonl')) {
      const read = row.negativeAllowed === true ? parseSignedDuration : parseDuration;
      if (row.error === undefined) {
        expect(read(row.text), row.text).toBe(row.ms);
        expect(formatDuration(row.ms!), row.text).toBe(row.string);
      } else expect(() => read(row.text), row.text).toThrow(row.error);
    }
    for (const row of goldenLines<{ ms: number; string: string }>('tsdb', 'values', 'duration-format.jsonl'))
      expect(formatDuration(row.ms)).toBe(row.string);
  });
  it('numbers', () => {
    for (const row of goldenLines<{ bits: string; json: string; g: string }>(
      'tsdb',
      'values',
      'float-to-text.jsonl.gz',
    )) {
      expect(formatFloat(fromBits(row.bits)), row.bits).toBe(row.json);
      expect(formatFloatG(fromBits(row.bits)), row.bits).toBe(row.g);
    }
    for (const row of goldenLines<{ text: string; bits?: string; error?: string }>(
      'tsdb',
      'values',
      'text-to-float.jsonl',
    )) {
      const got = parseFloatGo(row.text);
      if (row.bits !== undefined) expect(got, row.text).toBe(fromBits(row.bits));
      else expect(got === undefined || !Number.isFinite(got), row.text).toBe(true);
    }
    for (const row of goldenLines<{ ms: string; json: string }>('tsdb', 'values', 'timestamp-to-text.jsonl')) {
      if (Number.isSafeInteger(Number(row.ms))) expect(formatTimestamp(Number(row.ms))).toBe(row.json);
    }
  });
  it('labels', () => {
    for (const row of goldenLines<{ labels: Label[]; hash: string }>(
      'tsdb',
      'values',
      'label-hash-slicelabels.jsonl.gz',
    )) {
      const out = new Uint32Array(2);
      hashLabels(row.labels, out);
      expect(((BigInt(out[0]) << 32n) | BigInt(out[1])).toString()).toBe(row.hash);
    }
    for (const row of goldenLines<{ labels: Label[]; string: string; duplicate: boolean }>(
      'tsdb',
      'values',
      'label-text.jsonl.gz',
    )) {
      expect(labelsToString(row.labels)).toBe(row.string);
    }
    for (const row of goldenLines<Record<string, unknown>>('tsdb', 'values', 'label-compare.jsonl.gz')) {
      const a = Labels.fromSorted(row['a'] as Label[]);
      const b = Labels.fromSorted(row['b'] as Label[]);
      const [x, y] = [encodeLabels(a), encodeLabels(b)];
      const want = Math.sign(Number(row['compare'] ?? row['order']));
      expect(Math.sign(compareLabels(a, b))).toBe(want);
      expect(Math.sign(compareLabelBytes(x, 0, x.length, y, 0, y.length))).toBe(want);
      expect([...decodeLabels(x)]).toEqual([...a]);
    }
  });
});
