import { SampleColumns } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { decodeWhole } from '../chunkenc/decode.ts';
import { HistogramAppender } from '../chunkenc/histogram-appender.ts';
import { encodeXor } from '../chunkenc/xor-encode.ts';
import { Encoding } from '../series-batch.ts';
import {
  columnsOfThanos,
  comparable,
  thanosFloatHistogram,
  thanosIntHistogram,
  type ThanosHistogram,
  type ThanosSample,
} from '../testing/golden-thanos.ts';
import { goldenPath, readJsonLines } from '../testing/golden.ts';
import { chainMerge } from './chain-merge.ts';
import { keepAscending } from './columns-ops.ts';
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
  bounded?: { mint: number; maxt: number; chunkLen: number; penalty: ThanosSample[] };
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

/** The samples as they are read back from chunks, cut where kinds change and at `chunkLen`: that gives histograms their hints and layouts. */
function throughChunks(samples: readonly ThanosSample[], chunkLen: number): SampleColumns {
  const out = new SampleColumns();
  const plain = columnsOfThanos(samples);
  for (let from = 0; from < samples.length;) {
    const kind = kindOf(samples[from]);
    let to = from + 1;
    while (to < samples.length && kindOf(samples[to]) === kind) to++;
    if (kind === 'values') {
      const bytes = encodeXor(plain.t, plain.w, from, to);
      decodeWhole(bytes, 0, bytes.length, Encoding.XOR, out);
    } else {
      const appender = new HistogramAppender(kind);
      for (let i = from; i < to; i++) {
        const value = samples[i][1] as ThanosHistogram;
        appender.append({
          t: plain.t[i],
          sumHi: plain.w[2 * i + 1],
          sumLo: plain.w[2 * i],
          histogram: kind === 'int' ? thanosIntHistogram(value) : thanosFloatHistogram(value),
        });
        if (appender.count === chunkLen) appender.cut();
      }
      for (const { bytes } of appender.finish())
        decodeWhole(bytes, 0, bytes.length, kind === 'int' ? Encoding.HISTOGRAM : Encoding.FLOAT_HISTOGRAM, out);
    }
    from = to;
  }
  return out;
}

const whole = (samples: readonly ThanosSample[]): SampleColumns => throughChunks(samples, Number.POSITIVE_INFINITY);

function kindOf([, value]: ThanosSample): 'values' | 'int' | 'float' {
  if (typeof value !== 'object') return 'values';
  return value.int === true ? 'int' : 'float';
}

const path = goldenPath('thanos/dedup/replicas.jsonl.gz');
describe.skipIf(path === undefined)('replicas as Thanos merges them', () => {
  const vectors = path === undefined ? [] : (readJsonLines(path) as Vector[]);
  it('penalty', () => {
    for (const v of vectors)
      expect([v.case, comparable(fold(v.replicas.map(whole)))]).toEqual([
        v.case,
        comparable(columnsOfThanos(v.penalty)),
      ]);
    expect(vectors.length).toBeGreaterThan(100);
  });

  it('penalty under rate', () => {
    for (const v of vectors) {
      const out = new SampleColumns();
      penaltyMergeCounters(
        v.replicas.map((r) => withResets(whole(r))),
        out,
      );
      expect([v.case, comparable(out)]).toEqual([v.case, comparable(columnsOfThanos(v.penaltyRate))]);
    }
  });

  it('penalty within bounds', () => {
    let n = 0;
    for (const { case: name, replicas, bounded } of vectors) {
      if (bounded === undefined) continue;
      n++;
      const trimmed = replicas.map((replica) => {
        const columns = throughChunks(replica, bounded.chunkLen);
        keepAscending(columns, 0, bounded.mint, bounded.maxt);
        return columns;
      });
      // Thanos' bounded iterator lets one sample past the end through when it seeks; the engine has no use for it.
      const wanted = bounded.penalty.filter(([t]) => t <= bounded.maxt);
      expect([name, comparable(fold(trimmed))]).toEqual([name, comparable(columnsOfThanos(wanted))]);
    }
    expect(n).toBeGreaterThan(100);
  });

  it('chain, and chain under rate', () => {
    for (const v of vectors) {
      const plain = new SampleColumns();
      chainMerge(v.replicas.map(whole), plain);
      expect([v.case, comparable(plain)]).toEqual([v.case, comparable(columnsOfThanos(v.chain))]);
      const rate = new SampleColumns();
      chainMerge(
        v.replicas.map((r) => withResets(whole(r))),
        rate,
      );
      expect([v.case, comparable(rate)]).toEqual([v.case, comparable(columnsOfThanos(v.chainRate))]);
    }
  });

  it('overlapSplit', () => {
    for (const { case: name, overlapSplit: split } of vectors) {
      const replica = new Uint32Array(split.in.length);
      const mint = Float64Array.from(split.in, ([t]) => t);
      const n = overlapSplit(
        mint,
        Float64Array.from(split.in, ([, t]) => t),
        mint.length,
        replica,
      );
      const out: [number, number][][] = Array.from({ length: n }, () => []);
      split.in.forEach((range, i) => out[replica[i]].push(range));
      expect([name, out]).toEqual([name, split.out]);
    }
  });
});
