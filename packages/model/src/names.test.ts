import { describe, expect, it } from 'vitest';
import { escapeName, isLabelName, isLegacyMetricName, isUtf8Name, unescapeName, type EscapingScheme } from './index.ts';
import { goldenAvailable, goldenLines } from './testing/index.ts';

interface Row {
  name: string;
  labelLegacy: boolean;
  labelUTF8: boolean;
  metricLegacy: boolean;
  metricUTF8: boolean;
  escaped: Record<EscapingScheme, string>;
  unescaped: Record<EscapingScheme, string>;
}

describe('names', () => {
  it('escape and unescape', () => {
    expect(escapeName('http.status code_é', 'values')).toBe('U__http_2e_status_20_code___e9_');
    expect(unescapeName('U__http_2e_status_20_code___e9_', 'values')).toBe('http.status code_é');
    expect(unescapeName('U__a_zz_', 'values')).toBe('U__a_zz_');
    expect(unescapeName('U__a_d800_', 'values')).toBe('U__a_d800_');
    expect(escapeName('a.b_c-d', 'dots')).toBe('a_dot_b__c__d');
  });
  it.skipIf(!goldenAvailable())('golden', () => {
    for (const row of goldenLines<Row>('tsdb', 'values', 'names.jsonl')) {
      expect(
        [
          isLabelName(row.name, 'legacy'),
          isLabelName(row.name, 'utf8'),
          isLegacyMetricName(row.name),
          isUtf8Name(row.name),
        ],
        row.name,
      ).toEqual([row.labelLegacy, row.labelUTF8, row.metricLegacy, row.metricUTF8]);
      for (const scheme of Object.keys(row.escaped) as EscapingScheme[]) {
        expect(escapeName(row.name, scheme), `${row.name} ${scheme}`).toBe(row.escaped[scheme]);
        expect(unescapeName(row.name, scheme), `un ${row.name} ${scheme}`).toBe(row.unescaped[scheme]);
      }
    }
  });
});
