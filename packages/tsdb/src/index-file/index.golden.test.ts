import { createMatcher, encodeLabels, type MatchType } from '@tsanos/model';
import { goldenAvailable, goldenLines, goldenPath } from '@tsanos/model/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Block } from '../block/block.ts';
import { FileReader } from '../range-reader.ts';
import { IndexReader } from './index-reader.ts';
import { postingsForMatchers } from './postings-for-matchers.ts';
import { SeriesRows } from './series-rows.ts';

interface Line {
  what: string;
  block: string;
  size: number;
  version: number;
  symbols: string[] | number;
  names: string[];
  name: string;
  values: string[];
  entries: { name: string; value: string; offset: number; count: number }[];
  matchers: { type: MatchType; name: string; value: string }[];
  count: number;
  refs?: number[];
  first?: number[];
  last?: number[];
  weightedSum?: string | number;
  series?: [string, string][][];
}

const golden = goldenAvailable();

describe.skipIf(!golden).each(['cluster', 'compacted', 'utf8'])('index of %s', (name) => {
  const lines = golden ? goldenLines<Line>('tsdb', 'index', `${name}.jsonl.gz`) : [];
  let file: FileReader;
  let index: IndexReader;
  const of = (what: string): Line[] => lines.filter((line) => line.what === what);
  const matchersOf = (line: Line) =>
    line.matchers.map(({ type, name: label, value }) => createMatcher(type, label, value));

  beforeAll(async () => {
    file = FileReader.open(goldenPath('tsdb', of('index')[0].block, 'index'));
    index = await IndexReader.open(file);
  });
  afterAll(() => file.close());

  it('has these symbols, names and values', () => {
    expect(index.version).toBe(of('index')[0].version);
    expect([...index.symbols]).toEqual(of('symbols')[0].symbols);
    (of('symbols')[0].symbols as string[]).forEach((symbol, i) => expect(index.symbols.lookup(i)).toBe(symbol));
    expect(() => index.symbols.lookup(index.symbols.count)).toThrow('unknown symbol offset');
    expect(index.labelNames()).toEqual(of('labelNames')[0].names);
    for (const line of of('labelValues')) expect(index.labelValues(line.name)).toEqual(line.values);
  });

  it('has this postings offset table', async () => {
    const { entries } = of('postingsOffsetTable')[0];
    for (const [i, entry] of entries.entries()) {
      const range = index.table.range(entry.name, entry.value);
      expect(range?.start).toBe(entry.offset + 4);
      expect(range?.end).toBe((entries[i + 1]?.offset ?? index.toc.postingsOffsetTable) - 4);
      if (i % 7 === 0) expect((await index.postings(entry.name, [entry.value]))[0]?.length).toBe(entry.count);
    }
    const names = new Set(entries.map((entry) => entry.name));
    for (const label of names) {
      const own = entries.filter((entry) => entry.name === label);
      const values = own.flatMap((entry) => [entry.value, `${entry.value}\u0000absent`]);
      const starts = index.table.ranges(label, values).map((range) => range?.start);
      expect(starts).toEqual(own.flatMap((entry) => [entry.offset + 4, undefined]));
      expect(index.table.ranges(label, values.toReversed()).map((range) => range?.start)).toEqual(starts.toReversed());
    }
  });

  it('lists names and values of matching series', async () => {
    const block = await Block.open(goldenPath('tsdb', of('index')[0].block));
    for (const line of of('labelNamesMatching'))
      expect(await block.labelNames(matchersOf(line)), JSON.stringify(line.matchers)).toEqual(line.names);
    for (const line of of('labelValuesMatching')) {
      expect(await block.labelValues(line.name, matchersOf(line)), JSON.stringify(line.matchers)).toEqual(line.values);
    }
    block.close();
  });

  it('finds the series of matchers', async () => {
    expect(of('postings').length).toBeGreaterThan(10);
    for (const line of of('postings')) {
      const refs = await postingsForMatchers(index, matchersOf(line));
      const what = JSON.stringify(line.matchers);
      expect(refs.length, what).toBe(line.count);
      if (line.refs !== undefined) expect([...refs], what).toEqual(line.refs);
      else {
        expect([[...refs.subarray(0, 5)], [...refs.subarray(-5)]], what).toEqual([line.first, line.last]);
        const sum = refs.reduce((total, ref, i) => total + ref * (i + 1), 0);
        expect(sum, what).toBe(Number(line.weightedSum));
      }
      if (line.series === undefined || line.series === null) continue;
      const rows = new SeriesRows();
      await index.readSeries(refs, 0, refs.length, -Infinity, Infinity, true, rows);
      expect(rows.count, what).toBe(line.series.length);
      line.series.forEach((labels, i) => {
        const from = rows.labelOffset.values[i];
        const bytes = rows.labels.view().subarray(from, from + rows.labelLength.values[i]);
        expect(Buffer.from(bytes).equals(encodeLabels(labels)), what).toBe(true);
      });
    }
  });
});
