import { SampleColumns } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { columnsOfThanos, comparable, type ThanosSample } from '../testing/golden-thanos.ts';
import { goldenPath, readJsonLines } from '../testing/golden.ts';
import { chainMerge } from './chain-merge.ts';
import { CounterResets } from './counter-resets.ts';
import { overlapSplit } from './overlap-split.ts';
import { penaltyMerge } from './penalty-merge.ts';
import { penaltyMergeCounters } from './penalty-tree.ts';

interface Vector {
  case: string;
  replicas: ThanosSample[][];
  penalty: ThanosSample[];
  penaltyRate: ThanosSample[];
  chain: ThanosSample[];
  chainRate: ThanosSample[];
  overlapSplit: { in: [number, number][]; out: [number, number][][] };
}

function withResets(columns: SampleColumns): SampleColumns {
  const out = new SampleColumns();
  new CounterResets().chunk(columns, out);
  return out;
}

function fold(replicas: readonly SampleColumns[]): SampleColumns {
  return replicas.reduce((left, right) => {
    const out = new SampleColumns();
    penaltyMerge(left, right, out, false, true);
    return out;
  });
}

const isFloat = (samples: ThanosSample[]): boolean => samples.every(([, v]) => typeof v !== 'object');

const path = goldenPath('thanos/dedup/replicas.jsonl.gz');
describe.skipIf(path === undefined)('replicas as Thanos merges them', () => {
  const vectors = path === undefined ? [] : (readJsonLines(path) as Vector[]);
  const floats = vectors.filter((v) => v.replicas.every(isFloat));

  it('penalty', () => {
    for (const v of floats) expect([v.case, comparable(fold(v.replicas.map(columnsOfThanos)))]).toEqual([v.case, comparable(columnsOfThanos(v.penalty))]);
    expect(floats.length).toBeGreaterThan(60);
  });

  it('penalty under rate', () => {
    for (const v of floats) {
      const out = new SampleColumns();
      penaltyMergeCounters(v.replicas.map((r) => withResets(columnsOfThanos(r))), out);
      expect([v.case, comparable(out)]).toEqual([v.case, comparable(columnsOfThanos(v.penaltyRate))]);
    }
  });

  it('chain, and chain under rate', () => {
    for (const v of floats) {
      const plain = new SampleColumns();
      chainMerge(v.replicas.map(columnsOfThanos), plain);
      expect([v.case, comparable(plain)]).toEqual([v.case, comparable(columnsOfThanos(v.chain))]);
      const rate = new SampleColumns();
      chainMerge(v.replicas.map((r) => withResets(columnsOfThanos(r))), rate);
      expect([v.case, comparable(rate)]).toEqual([v.case, comparable(columnsOfThanos(v.chainRate))]);
    }
  });

  it('overlapSplit', () => {
    for (const { case: name, overlapSplit: split } of vectors) {
      const replica = new Uint32Array(split.in.length);
      const mint = Float64Array.from(split.in, ([t]) => t);
      const n = overlapSplit(mint, Float64Array.from(split.in, ([, t]) => t), mint.length, replica);
      const out: [number, number][][] = Array.from({ length: n }, () => []);
      split.in.forEach((range, i) => out[replica[i]].push(range));
      expect([name, out]).toEqual([name, split.out]);
    }
  });
});
