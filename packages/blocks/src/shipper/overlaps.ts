import { formatGoDuration } from '@tsanos/model';

/** A block as far as overlaps go; [minTime, maxTime). */
export interface BlockRange {
  readonly ulid: string;
  readonly minTime: number;
  readonly maxTime: number;
}

/** Groups of blocks that overlap one another, as Prometheus finds them. */
export function overlappingBlocks(blocks: readonly BlockRange[]): BlockRange[][] {
  const sorted = [...blocks].sort((a, b) => a.minTime - b.minTime);
  const groups: BlockRange[][] = [];
  let pending = sorted.slice(0, 1);
  let continuous = true;
  for (const block of sorted.slice(1)) {
    const still = pending.filter((p) => block.minTime < p.maxTime);
    if (still.length < pending.length) continuous = false;
    pending = [...still, block];
    if (still.length === 0) continue;
    const last = groups.at(-1);
    if (continuous && last !== undefined) {
      last.push(block);
      continue;
    }
    groups.push([...still, block]);
    continuous = true;
  }
  return groups;
}

/** The groups in Prometheus' words. */
export function describeOverlaps(groups: readonly (readonly BlockRange[])[]): string {
  return groups
    .map((group) => {
      const min = Math.max(0, ...group.map((b) => b.minTime));
      const max = Math.min(...group.map((b) => b.maxTime));
      const blocks = group.map((b) => `<ulid: ${b.ulid}, ${range(b.minTime, b.maxTime)}>`);
      return `[${range(min, max)}, blocks: ${group.length}]: ${blocks.join(', ')}`;
    })
    .join('\n');
}

function range(min: number, max: number): string {
  return `mint: ${min}, maxt: ${max}, range: ${formatGoDuration(max - min)}`;
}
