import { describe, expect, it } from 'vitest';
import { encodeBlockMeta, parseBlockMeta } from './meta.ts';

const ULID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const bytes = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

describe('meta.json', () => {
  it('is written in the order and form of Prometheus', () => {
    const meta = parseBlockMeta(
      bytes({
        thanos: { labels: { a: 'b' } },
        version: 1,
        compaction: { hints: ['from-out-of-order'], failed: true, sources: [ULID], level: 2, deletable: false },
        stats: { numSeries: 3, numSamples: 0 },
        maxTime: 20,
        minTime: -10,
        ulid: ULID,
      }),
    );
    expect(Buffer.from(encodeBlockMeta(meta)).toString()).toBe(`{
\t"ulid": "${ULID}",
\t"minTime": -10,
\t"maxTime": 20,
\t"stats": {
\t\t"numSeries": 3
\t},
\t"compaction": {
\t\t"level": 2,
\t\t"sources": [
\t\t\t"${ULID}"
\t\t],
\t\t"failed": true,
\t\t"hints": [
\t\t\t"from-out-of-order"
\t\t]
\t},
\t"version": 1,
\t"thanos": {
\t\t"labels": {
\t\t\t"a": "b"
\t\t}
\t}
}`);
  });

  it('may lack stats, sources and times', () => {
    expect(parseBlockMeta(bytes({ ulid: ULID, version: 1 }))).toEqual({
      ulid: ULID,
      minTime: 0,
      maxTime: 0,
      stats: {},
      compaction: { level: 0 },
      version: 1,
    });
  });

  it.each([
    ['', 'JSON'],
    ['null', 'not an object'],
    ['[1]', 'not an object'],
    [{ ulid: ULID }, 'unexpected meta file version 0'],
    [{ ulid: ULID, version: 2 }, 'unexpected meta file version 2'],
    [{ ulid: '../../etc', version: 1 }, 'not a ULID'],
    [{ ulid: ULID, version: 1, minTime: '5' }, 'minTime is not an integer'],
    [{ ulid: ULID, version: 1, stats: { numSeries: 1.5 } }, 'stats.numSeries is not an integer'],
    [{ ulid: ULID, version: 1, compaction: { sources: [1] } }, 'compaction.sources'],
    [{ ulid: ULID, version: 1, compaction: { parents: [1] } }, 'compaction.parents is not an object'],
  ])('%j is refused', (value, text) => {
    expect(() => parseBlockMeta(bytes(value), 'block x: meta.json')).toThrow(text);
    expect(() => parseBlockMeta(bytes(value), 'block x: meta.json')).toThrow('block x');
  });
});
