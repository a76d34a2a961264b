import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fma } from './fma.ts';
import { goMath } from './index.ts';

const ONE = [
  'exp',
  'ln',
  'log2',
  'log10',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'sqrt',
  'ceil',
  'floor',
] as const;
const TWO = ['pow', 'atan2', 'mod', 'max', 'min'] as const;
const WIDTH = 2 + ONE.length + TWO.length;

describe('Go math', () => {
  it('every function, to the last bit, on vectors made by Go 1.26 on amd64', () => {
    const path = process.env['TSANOS_GO_MATH'] ?? fileURLToPath(new URL('testdata/go-math.bin.gz', import.meta.url));
    const raw = readFileSync(path);
    const numbers = new Float64Array(new Uint8Array(path.endsWith('.gz') ? gunzipSync(raw) : raw).buffer);
    const wrong: string[] = [];
    for (let at = 0; at < numbers.length; at += WIDTH) {
      const [x, y] = [numbers[at], numbers[at + 1]];
      ONE.forEach((name, i) => {
        if (!Object.is(goMath[name](x), numbers[at + 2 + i]))
          wrong.push(`${name}(${x}) = ${numbers[at + 2 + i]}, got ${goMath[name](x)}`);
      });
      TWO.forEach((name, i) => {
        const want = numbers[at + 2 + ONE.length + i];
        if (!Object.is(goMath[name](x, y), want))
          wrong.push(`${name}(${x}, ${y}) = ${want}, got ${goMath[name](x, y)}`);
      });
    }
    expect(numbers.length / WIDTH).toBeGreaterThan(500);
    expect(wrong.slice(0, 10)).toEqual([]);
  });
  it('fma rounds once', () => {
    expect(fma(0.1, 10, -1)).toBe(5.551115123125783e-17);
    expect(fma(1 + 2 ** -30, 1 - 2 ** -30, -1)).toBe(-(2 ** -60));
    expect(fma(2 ** 53 - 1, 2, 1)).toBe(2 ** 54);
  });
});
