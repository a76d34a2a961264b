import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteWriter, crc32c } from '@tsanos/bytes';
import { createMatcher, decodeLabels, encodeLabels, type Label } from '@tsanos/model';
import { afterAll, describe, expect, it } from 'vitest';
import { MemoryReader } from '../range-reader.ts';
import { IndexReader } from './index-reader.ts';
import { IndexWriter } from './index-writer.ts';
import { postingsForMatchers } from './postings-for-matchers.ts';
import { SeriesRows } from './series-rows.ts';
import { encodeToc, INDEX_MAGIC } from './toc.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tsanos-index-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let files = 0;

type TestSeries = readonly [labels: Label[], chunks: readonly (readonly [mint: number, maxt: number, ref: number])[]];

function write(series: readonly TestSeries[], symbols: Iterable<string> = []): Uint8Array {
  const path = join(scratch, `index-${files++}`);
  const writer = new IndexWriter(path, symbols);
  for (const [labels, chunks] of series) {
    writer.addSeries(
      encodeLabels(labels),
      chunks.map(([mint, maxt]) => ({ mint, maxt })),
      chunks.map(([, , ref]) => ref),
    );
  }
  writer.finish();
  return readFileSync(path);
}

const up = (job: string): Label[] => [
  ['__name__', 'up'],
  ['job', job],
];

/** The bytes of the reference's worked example: two series, three chunks. */
const EXAMPLE = [
  'baaad70002',
  '00000018',
  '00000005',
  '085f5f6e616d655f5f',
  '0161',
  '0162',
  '036a6f62',
  '027570',
  'f0b315e7',
  '00'.repeat(11),
  '11',
  '02',
  '0004',
  '0301',
  '02',
  'd00f',
  'e0d403',
  '08',
  '9875',
  '9875',
  '38',
  'e625dc26',
  '00'.repeat(10),
  '0a',
  '02',
  '0004',
  '0302',
  '01',
  '09',
  '9d75',
  '40',
  '7a58b22c',
  '00',
  '0000000c',
  '00000002',
  '00000003',
  '00000005',
  'bb33cbd4',
  '0000000c',
  '00000002',
  '00000003',
  '00000005',
  'bb33cbd4',
  '00000008',
  '00000001',
  '00000003',
  'a7692ed2',
  '00000008',
  '00000001',
  '00000005',
  '81c8c93a',
  '00000028',
  '00000004',
  '02',
  '00',
  '00',
  '60',
  '02',
  '085f5f6e616d655f5f',
  '027570',
  '74',
  '02',
  '036a6f62',
  '0161',
  '8801',
  '02',
  '036a6f62',
  '0162',
  '9801',
  '675899e0',
  ...['05', '25', '5f', 'a8', '5f', 'a8'].map((offset) => offset.padStart(16, '0')),
  '75100f79',
].join('');

describe('index file', () => {
  const series: TestSeries[] = [
    [
      up('a'),
      [
        [1000, 61000, 8],
        [76000, 91000, 36],
      ],
    ],
    [up('b'), [[-5, 15000, 64]]],
  ];

  it('is written as the reference shows', () => {
    expect(Buffer.from(write(series)).toString('hex')).toBe(EXAMPLE);
    expect(readdirSync(scratch).filter((name) => name.endsWith('.spool'))).toEqual([]);
  });

  it('is read back, with the chunks in the time range only', async () => {
    const index = await IndexReader.open(new MemoryReader(Buffer.from(EXAMPLE, 'hex')));
    const refs = await postingsForMatchers(index, [createMatcher('=', '__name__', 'up')]);
    expect([...refs]).toEqual([3, 5]);
    const rows = new SeriesRows();
    await index.readSeries(refs, 0, 2, 70_000, 76_000, false, rows);
    expect(rows.count).toBe(1);
    expect([...decodeLabels(rows.labels.view(), rows.labelOffset.values[0], rows.labelLength.values[0])]).toEqual(
      up('a'),
    );
    expect([rows.chunkMint.values[0], rows.chunkMaxt.values[0], rows.chunkOffset.values[0]]).toEqual([
      76_000, 91_000, 36,
    ]);
    expect(rows.chunks).toBe(1);
  });

  it('refuses what is out of order', () => {
    const path = join(scratch, 'refused');
    const writer = new IndexWriter(path);
    writer.addSeries(encodeLabels(up('b')), [{ mint: 0, maxt: 1 }], [8]);
    expect(() => writer.addSeries(encodeLabels(up('b')), [], [])).toThrow('label order');
    expect(() => writer.addSeries(encodeLabels(up('a')), [], [])).toThrow('label order');
    writer.abort();
    const chunks = new IndexWriter(`${path}-2`);
    expect(() =>
      chunks.addSeries(
        encodeLabels(up('c')),
        [
          { mint: 0, maxt: 5 },
          { mint: 5, maxt: 6 },
        ],
        [8, 20],
      ),
    ).toThrow('out of order');
    chunks.abort();
    const empty = new IndexWriter(`${path}-3`);
    expect(() => empty.addSeries(new Uint8Array(0), [], [])).toThrow('no labels');
    empty.abort();
  });

  it('holds many values, long strings and far apart segments', async () => {
    const many: TestSeries[] = Array.from({ length: 5000 }, (_, i) => [
      [
        ['__name__', 'm'],
        ['i', `${String(i).padStart(6, '0')}${i % 500 === 0 ? 'x'.repeat(40_000) : ''}`],
      ],
      [[i, i + 1, (i % 2 === 0 ? i : i - 1) * 0x80000000 + 8]],
    ]);
    const index = await IndexReader.open(new MemoryReader(write(many, ['', 'unused'])));
    expect(index.labelValues('i').length).toBe(5000);
    expect(index.labelValues('i', undefined, '0012').length).toBe(100);
    expect(index.labelValues('i', (value) => value.length > 100).length).toBe(10);
    for (const i of [0, 1, 31, 32, 33, 500, 4999]) {
      const value = many[i][0][1][1];
      const refs = await postingsForMatchers(index, [createMatcher('=', 'i', value)]);
      expect(refs.length).toBe(1);
      const rows = new SeriesRows();
      await index.readSeries(refs, 0, 1, -Infinity, Infinity, true, rows);
      expect(rows.chunkSegment.values[0] * 0x100000000 + rows.chunkOffset.values[0]).toBe(many[i][1][0][2]);
    }
    const rows = new SeriesRows();
    await index.readSeries(await index.allPostings(), 0, 5000, -Infinity, Infinity, true, rows);
    expect(rows.count).toBe(5000);
    expect(index.symbols.lookup(index.symbols.count - 1)).toBe('unused');
  });

  it('reads format 1, whose symbols and series are referred to by offset and whose table may be unsorted', async () => {
    const index = await IndexReader.open(new MemoryReader(formatOne()));
    expect(index.version).toBe(1);
    expect(index.labelNames()).toEqual(['__name__', 'job']);
    expect(index.labelValues('job')).toEqual(['a', 'b']);
    const refs = await postingsForMatchers(index, [createMatcher('=~', 'job', 'b|c')]);
    const rows = new SeriesRows();
    await index.readSeries(refs, 0, refs.length, -Infinity, Infinity, true, rows);
    expect(rows.count).toBe(1);
    expect([...decodeLabels(rows.labels.view())]).toEqual(up('b'));
    expect((await index.allPostings()).length).toBe(2);
  });
});

/** Two series as Prometheus 2.0 to 2.3 laid them out: offsets for references, lists and table in any order. */
function formatOne(): Uint8Array {
  const out = new ByteWriter().u32be(INDEX_MAGIC).u8(1);
  const section = (body: ByteWriter): number => {
    const at = out.length;
    out.u32be(body.length).bytes(body.view()).u32be(crc32c(body.view()));
    return at;
  };
  const symbols = new ByteWriter().u32be(5);
  const symbolAt = new Map<string, number>();
  for (const symbol of ['__name__', 'a', 'b', 'job', 'up']) {
    symbolAt.set(symbol, 5 + 4 + symbols.length);
    symbols.uvarint(symbol.length).string(symbol);
  }
  section(symbols);
  const seriesStart = out.length;
  const refs = ['a', 'b'].map((job, i) => {
    const body = new ByteWriter().uvarint(2);
    for (const text of ['__name__', 'up', 'job', job]) body.uvarint(symbolAt.get(text) ?? 0);
    body
      .uvarint(1)
      .varint(1000 * i)
      .uvarint(500)
      .uvarint(8 + 20 * i);
    const at = out.length;
    out.uvarint(body.length).bytes(body.view()).u32be(crc32c(body.view()));
    return at;
  });
  const seriesEnd = out.length;
  const list = (ids: number[]): number => {
    const body = new ByteWriter().u32be(ids.length);
    for (const id of ids) body.u32be(id);
    return section(body);
  };
  const entries: [string, string, number][] = [
    ['job', 'b', list([refs[1]])],
    ['', '', list(refs)],
    ['job', 'a', list([refs[0]])],
    ['__name__', 'up', list(refs)],
  ];
  const table = new ByteWriter().u32be(entries.length);
  for (const [name, value, at] of entries.toReversed())
    table.u8(2).uvarint(name.length).string(name).uvarint(value.length).string(value).uvarint(at);
  const tableAt = section(table);
  out.bytes(
    encodeToc({
      symbols: 5,
      series: seriesStart,
      labelIndices: seriesEnd,
      labelOffsetTable: tableAt,
      postings: seriesEnd,
      postingsOffsetTable: tableAt,
    }),
  );
  return out.finish();
}
