import { groupKey, type Meta } from '@tsanos/blocks';
import { INT64_MAX, INT64_MIN } from '@tsanos/bytes';
import { Labels } from '@tsanos/model';
import type { SourceInfo } from '@tsanos/series';

/**
 * What the store says of itself: one label set and one or more time ranges per set of external labels, ranges that touch joined, all cut
 * to what is served. No blocks: an empty range (min above max), as in Thanos.
 */
export function storeInfo(blocks: Iterable<Meta>, servedMint: number, servedMaxt: number): SourceInfo {
  const groups = new Map<string, { labels: Labels; blocks: Meta[] }>();
  let mint = INT64_MAX;
  let maxt = INT64_MIN;
  for (const meta of blocks) {
    // Resolutions of one stream are one label set.
    const key = groupKey({ ...meta, thanos: { ...meta.thanos, downsample: { resolution: 0 } } });
    const group = groups.get(key) ?? { labels: Labels.from(meta.thanos.labels), blocks: [] };
    groups.set(key, group);
    group.blocks.push(meta);
    mint = Math.min(mint, meta.minTime);
    maxt = Math.max(maxt, meta.maxTime);
  }
  const clamped = { mint: Math.max(mint, servedMint), maxt: Math.min(maxt, servedMaxt) };
  const labelSets = [...groups.values()].map((g) => g.labels);
  const tsdbInfos = [...groups.values()].flatMap(({ labels, blocks: own }) =>
    ranges(own).map((range) => ({ labels, ...range })),
  );
  return { labelSets, ...clamped, tsdbInfos };
}

/** Times covered, ascending, gaps kept. */
function ranges(blocks: readonly Meta[]): { mint: number; maxt: number }[] {
  const out: { mint: number; maxt: number }[] = [];
  for (const { minTime, maxTime } of blocks.toSorted((a, b) => a.minTime - b.minTime)) {
    const last = out.at(-1);
    if (last !== undefined && minTime <= last.maxt) last.maxt = Math.max(last.maxt, maxTime);
    else out.push({ mint: minTime, maxt: maxTime });
  }
  return out;
}
