import { describe, expect, it } from 'vitest';
import { parseTimeText } from './api-time.ts';

describe('parseTimeText', () => {
  it.each([
    ['1700010243', 1700010243000],
    ['1700010243.1234', 1700010243123],
    ['-0.0005', -1],
    ['2023-11-15T01:04:03Z', 1700010243000],
    ['2023-11-15T02:04:03.5+01:00', 1700010243500],
  ])('%s', (text, ms) => {
    const { queryMs, ms: plain, seconds } = parseTimeText(text)!;
    expect([queryMs, plain, seconds]).toEqual([ms, ms, ms / 1000]);
  });

  it('wraps where Go does', () => {
    expect(parseTimeText('NaN')?.queryMs).toBe(-9223372036854);
    expect(parseTimeText('1e10')?.queryMs).toBe(-8446744073709);
    expect(parseTimeText('1700010000000')?.queryMs).toBe(2909545218721);
    expect(parseTimeText('253402300800')?.queryMs).toBe(-4852116231933);
    expect(parseTimeText('1e10')?.ms).toBe(1e13);
    expect(parseTimeText('Inf')!.seconds).toBeLessThan(-1e18);
  });

  it.each(['', 'x', '1s', '2023-02-30T00:00:00Z', '2023-11-15', '1e400', '-NaN'])('refuses %j', (text) => {
    expect(parseTimeText(text)).toBeUndefined();
  });
});
