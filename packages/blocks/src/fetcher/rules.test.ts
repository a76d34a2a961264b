import { describe, expect, it } from 'vitest';
import { goldenAvailable, goldenLines } from '@tsanos/model/testing';
import { groupKey } from '../meta/meta.ts';
import { fakeMeta } from '../testing/fake-meta.ts';
import { findDuplicates, inTimeRange, isTooFresh, withoutReplicaLabels } from './rules.ts';

interface Row {
  kind: string;
  blocks: {
    ulid: string;
    labels: Record<string, string>;
    resolution: number;
    sources: string[] | null;
    minTime: number;
    maxTime: number;
  }[];
  duplicates?: string[] | null;
  left?: string[];
  groups?: { key: string; ids: string[] }[];
  labels?: Record<string, string>;
  out?: Record<string, string>;
  replicaLabels?: string[] | null;
}
const A = '01KWFDCZEJ1D04C9TJW37J5ZGC';
const B = '01KWFDCZEJ1D04C9TJW37J5ZGD';

describe('rules', () => {
  it('keep blocks that touch the range, ends included', () => {
    const meta = fakeMeta(A, { minTime: 10, maxTime: 20 });
    expect([
      inTimeRange(meta, 20, 30),
      inTimeRange(meta, 21, 30),
      inTimeRange(meta, 0, 10),
      inTimeRange(meta, 0, 9),
    ]).toEqual([true, false, true, false]);
  });
  it('hold back what is fresh by upload time, else by ULID, but no compactions', () => {
    const uploaded = fakeMeta(A, { uploadTime: '2024-01-01T00:00:00Z' });
    const t = Date.parse('2024-01-01T00:00:00Z');
    expect([isTooFresh(uploaded, t + 999, 1000), isTooFresh(uploaded, t + 1000, 1000)]).toEqual([true, false]);
    expect(isTooFresh(fakeMeta('0'.repeat(26)), 999, 1000)).toBe(true);
    expect(isTooFresh(fakeMeta('0'.repeat(26), { source: 'compactor' }), 999, 1000)).toBe(false);
  });
  it('of equal blocks one stays', () => {
    expect(findDuplicates([fakeMeta(B, { sources: [A] }), fakeMeta(A, { sources: [A] })])).toEqual([B]);
    expect(findDuplicates([fakeMeta(B, { sources: [A] }), fakeMeta(A, { sources: [A], resolution: 300_000 })])).toEqual(
      [],
    );
  });
});

describe.skipIf(!goldenAvailable())('golden filters', () => {
  const rows = goldenAvailable() ? goldenLines<Row>('thanos', 'planner', 'filters.jsonl.gz') : [];
  it('find the same duplicates', () => {
    let cases = 0;
    for (const row of rows) {
      if (row.kind !== 'duplicates') continue;
      cases++;
      const metas = row.blocks.map((b) =>
        fakeMeta(b.ulid, { labels: b.labels, resolution: b.resolution, sources: b.sources ?? [] }),
      );
      expect(findDuplicates(metas).sort()).toEqual([...(row.duplicates ?? [])].sort());
    }
    expect(cases).toBe(80);
  });
  it('make the same groups', () => {
    let cases = 0;
    for (const row of rows) {
      if (row.kind !== 'groups') continue;
      cases++;
      for (const group of row.groups ?? []) {
        for (const id of group.ids) {
          const block = row.blocks.find((b) => b.ulid === id)!;
          expect(groupKey(fakeMeta(id, { labels: block.labels, resolution: block.resolution }))).toBe(group.key);
        }
      }
    }
    expect(cases).toBe(40);
  });
  it('take the same replica labels', () => {
    let cases = 0;
    for (const row of rows) {
      if (row.kind !== 'replica-remover') continue;
      cases++;
      expect(
        Object.fromEntries(withoutReplicaLabels(new Map(Object.entries(row.labels ?? {})), row.replicaLabels ?? [])),
      ).toEqual(row.out);
    }
    expect(cases).toBe(20);
  });
});
