import { describe, expect, it } from 'vitest';
import { goldenAvailable, goldenLines } from '@tsanos/model/testing';
import { encodeMarker, parseMarker, type MarkerKind } from '../markers.ts';
import { encodeMeta, groupKey, parseMeta } from './meta.ts';

interface Row {
  kind: string;
  text?: string;
  base64?: string;
  absent?: boolean;
  error?: string;
  rewritten?: string;
  groupKey?: string;
}
const ULID = '01KWFDCZEJ1D04C9TJW37J5ZGC';

describe.skipIf(!goldenAvailable())('golden meta.json and markers', () => {
  const rows = goldenAvailable() ? [...goldenLines<Row>('thanos', 'meta', 'meta.jsonl.gz')] : [];
  it('are all there', () => expect(rows.length).toBe(124));
  for (const [i, row] of rows.entries()) {
    if (row.absent === true) continue;
    const bytes = row.base64 === undefined ? Buffer.from(row.text ?? '') : Buffer.from(row.base64, 'base64');
    it(`${i} ${row.kind} ${row.error ?? 'reads and writes'}`, () => {
      const rewrite = (): string => {
        if (row.kind === 'meta.json') return Buffer.from(encodeMeta(parseMeta(bytes))).toString();
        const kind = row.kind.replace('.json', '') as MarkerKind;
        return Buffer.from(encodeMarker(kind, parseMarker(kind, ULID, bytes))).toString();
      };
      if (row.error !== undefined) {
        let message = '';
        try {
          rewrite();
        } catch (error) {
          message = (error as Error).message;
        }
        expect(message).toBe(row.error);
        return;
      }
      expect(rewrite()).toBe(row.rewritten);
      if (row.groupKey !== undefined) expect(groupKey(parseMeta(bytes))).toBe(row.groupKey);
    });
  }
});
