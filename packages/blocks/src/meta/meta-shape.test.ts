import { describe, expect, it } from 'vitest';
import { encodeMeta, groupKey, metaLabels, parseMeta } from './meta.ts';

const bytes = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const base = {
  version: 1,
  ulid: '01kwfdczej1d04c9tjw37j5zgc',
  MINTIME: 5,
  thanos: {
    labels: { replica: '0', cluster: 'a' },
    downsample: { resolution: 300_000 },
    unknown: 1,
    upload_time: '2024-01-02T03:04:05.120+00:00',
  },
};

describe('meta.json', () => {
  it('is read as Go reads and written as Go writes', () => {
    const meta = parseMeta(bytes(base));
    expect([meta.ulid, meta.minTime, groupKey(meta)]).toEqual([
      '01KWFDCZEJ1D04C9TJW37J5ZGC',
      5,
      '300000@16390672462188664080',
    ]);
    expect([...metaLabels(meta)]).toEqual([
      ['cluster', 'a'],
      ['replica', '0'],
    ]);
    const text = Buffer.from(encodeMeta(meta)).toString();
    expect(text).toContain('"labels": {\n\t\t\t"cluster": "a",\n\t\t\t"replica": "0"\n\t\t}');
    expect(text).toContain('"upload_time": "2024-01-02T03:04:05.12Z"\n\t}\n}\n');
    expect(text).not.toContain('unknown');
  });
  it.each([
    ['{"version":3}', 'unsupported', 'unexpected meta file version 3'],
    ['{"version":1', 'corrupt', 'unexpected EOF'],
    ['{"version":1,"ulid":"../../../../../../../../et"}', 'corrupt', 'ulid: bad data characters when unmarshaling'],
    [
      '{"version":1,"maxTime":"x"}',
      'corrupt',
      'json: cannot unmarshal string into Go struct field Meta.BlockMeta.maxTime of type int64',
    ],
    [
      '{"version":1,"compaction":{"parents":[{"maxTime":true}]}}',
      'corrupt',
      'json: cannot unmarshal bool into Go struct field BlockDesc.BlockMeta.compaction.parents.maxTime of type int64',
    ],
  ])('%s', (text, kind, message) => {
    expect(() => parseMeta(bytes(text))).toThrow(expect.objectContaining({ kind, message }));
  });
  it('keeps the ends of 64 bits', () => {
    const text = Buffer.from(
      encodeMeta(
        parseMeta(
          bytes(
            '{"version":1,"minTime":-9223372036854775808,"maxTime":9223372036854775807,"stats":{"numSamples":18446744073709551615}}',
          ),
        ),
      ),
    ).toString();
    for (const number of ['-9223372036854775808', '9223372036854775807', '18446744073709551615'])
      expect(text).toContain(`: ${number}`);
  });
  it('lets no key be special', () => {
    const meta = parseMeta(
      bytes(
        '{"version":1,"__proto__":{"x":1},"thanos":{"labels":{"__proto__":"a","constructor":"b"},"extensions":{"__proto__":{"y":1}}}}',
      ),
    );
    expect([...meta.thanos.labels]).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(Buffer.from(encodeMeta(meta)).toString()).toContain('"__proto__": {\n\t\t\t\t"y": 1');
  });
});
