import { describe, expect, it } from 'vitest';
import { goldenAvailable, goldenLines } from '@tsanos/model/testing';
import { chooseBlocks } from './choose-blocks.ts';

interface Row {
  kind: string;
  blocks: [string, number, number, number][];
  queries: { mint: string; maxt: string; maxResolution: string; blocks: string[]; blockMatchers: unknown }[];
}

describe('chooseBlocks', () => {
  it('fills the gaps of a coarse level with finer blocks', () => {
    const block = (ulid: string, mint: number, maxt: number, resolutionMs: number) => ({
      ulid,
      mint,
      maxt,
      resolutionMs,
    });
    const blocks = [block('raw1', 0, 10, 0), block('raw2', 10, 20, 0), block('5m', 0, 10, 300_000)];
    expect(chooseBlocks(blocks, 0, 19, 300_000).map((b) => b.ulid)).toEqual(['5m', 'raw2']);
    expect(chooseBlocks(blocks, 0, 19, 0).map((b) => b.ulid)).toEqual(['raw1', 'raw2']);
    expect(chooseBlocks(blocks, 20, 30, 0)).toEqual([]);
  });

  it.skipIf(!goldenAvailable())('golden', () => {
    let checked = 0;
    for (const row of goldenLines<Row>('thanos', 'store', 'store.jsonl.gz')) {
      if (row.kind !== 'getFor') continue;
      const blocks = row.blocks.map(([ulid, mint, maxt, resolution]) => ({
        ulid,
        mint: Number(mint),
        maxt: Number(maxt),
        resolutionMs: Number(resolution),
      }));
      for (const query of row.queries) {
        if (query.blockMatchers !== null) continue;
        const got = chooseBlocks(blocks, Number(query.mint), Number(query.maxt), Number(query.maxResolution)).map(
          (b) => b.ulid,
        );
        expect(got.sort()).toEqual([...query.blocks].sort());
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(10);
  });
});
