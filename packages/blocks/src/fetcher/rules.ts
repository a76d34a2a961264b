import { ulidTimeMs } from '@tsanos/bytes';
import { timeMs } from '../meta/go-values.ts';
import { groupKey, type Meta } from '../meta/meta.ts';

/** Whether a block touches [min, max], both included, by Thanos' rule: also a block that ends exactly at min. */
export function inTimeRange(meta: Meta, minMs: number, maxMs: number): boolean {
  return meta.maxTime >= minMs && meta.minTime <= maxMs;
}

/** Sources whose uploads are never held back: their inputs were visible before. */
const NEVER_TOO_FRESH = new Set(['compactor', 'compactor.repair', 'bucket.repair']);

/** Whether a block is younger than `delayMs`, by its upload or, unknown, by its ULID. */
export function isTooFresh(meta: Meta, nowMs: number, delayMs: number): boolean {
  const since = timeMs(meta.thanos.upload_time) ?? ulidTimeMs(meta.ulid);
  return nowMs - since < delayMs && !NEVER_TOO_FRESH.has(meta.thanos.source);
}

/**
 * Blocks whose sources another block of the same stream holds as well: what a compaction made superfluous. Of blocks with equal sources
 * the smallest ULID stays.
 */
export function findDuplicates(metas: Iterable<Meta>): string[] {
  const groups = new Map<string, Meta[]>();
  for (const meta of metas) {
    const key = groupKey(meta);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [meta]);
    else group.push(meta);
  }
  const duplicates: string[] = [];
  for (const group of groups.values()) {
    if (group.length > 1) duplicatesOfGroup(group, duplicates);
  }
  return duplicates;
}

function duplicatesOfGroup(group: Meta[], out: string[]): void {
  group.sort((a, b) => b.compaction.sources.length - a.compaction.sources.length || (a.ulid < b.ulid ? -1 : 1));
  // Kept blocks by each of their sources: a block can only be covered by one that shares its first source.
  const keptBySource = new Map<string, Set<string>[]>();
  let first = true;
  for (const { ulid, compaction } of group) {
    const { sources } = compaction;
    const candidates = sources.length === 0 ? [] : (keptBySource.get(sources[0]) ?? []);
    const covered =
      sources.length === 0 ? !first : candidates.some((kept) => sources.every((source) => kept.has(source)));
    first = false;
    if (covered) {
      out.push(ulid);
      continue;
    }
    const own = new Set(sources);
    for (const source of own) {
      const list = keptBySource.get(source);
      if (list === undefined) keptBySource.set(source, [own]);
      else list.push(own);
    }
  }
}

/** External labels without those that tell replicas apart; a block left with none is called deduped. */
export function withoutReplicaLabels(
  labels: ReadonlyMap<string, string>,
  replicaLabels: readonly string[],
): Map<string, string> {
  const left = new Map(labels);
  for (const name of replicaLabels) left.delete(name);
  if (left.size === 0 && replicaLabels.length > 0) left.set(replicaLabels[0], 'deduped');
  return left;
}
