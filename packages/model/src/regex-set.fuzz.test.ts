import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, it } from 'vitest';
import { createMatcher } from './index.ts';
import { finiteSet } from './regex-set.ts';

const numRuns = 3000 * Number(process.env['TSANOS_SOAK'] ?? 1);
const seed = Number(process.env['TSANOS_SEED'] ?? 20_261_125);
console.info(`finite sets of regexes: seed ${seed}`);

const piece = fc.constantFrom(
  'a',
  'b',
  'k',
  '1',
  '|',
  '(',
  ')',
  '(?:',
  '(?i)',
  '(?i:',
  '(?-i:',
  '(?s:',
  '(?P<n>',
  '[ab]',
  '[a-c]',
  '[^a]',
  '[]a]',
  '[\\d_]',
  '[[:digit:]]',
  '\\d',
  '\\s',
  '^',
  '$',
  '\\A',
  '\\z',
  '\\b',
  '.',
  '*',
  '?',
  '{2}',
  '{x}',
  '\\.',
  '\\x61',
  '\\x{62}',
  '\\141',
  '\\Qa|b\\E',
  'é',
  '\\pL',
  '\\n',
  '-',
);
const value = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', 'k', '\u212a', '1', 'é', '.', '\n', '-', '|'),
  maxLength: 4,
});

it('a finite set holds what the regex matches and nothing else', () => {
  let listed = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), fc.array(value, { maxLength: 30 }), (pieces, values) => {
      const pattern = pieces.join('');
      let regex: RE2JS;
      try {
        RE2JS.compile(pattern);
        regex = RE2JS.compile(`^(?s:${pattern})$`);
      } catch {
        return;
      }
      const set = finiteSet(pattern);
      if (set === undefined) return;
      listed++;
      for (const text of set)
        expect(regex.matcher(text).matches(), `${pattern} lists ${JSON.stringify(text)}`).toBe(true);
      for (const text of values) if (regex.matcher(text).matches()) expect(set, pattern).toContain(text);
      expect(createMatcher('!~', 'x', pattern).setRejects()).toEqual(set);
    }),
    { numRuns, seed },
  );
  expect(listed).toBeGreaterThan(numRuns / 10);
});
