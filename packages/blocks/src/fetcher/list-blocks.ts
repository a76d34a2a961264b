import { isUlid } from '@tsanos/bytes';
import type { Bucket } from '@tsanos/objstore';

/** The blocks a bucket shows. */
export interface BlockListing {
  /** ULIDs of all block folders, complete or not. */
  readonly ulids: readonly string[];
  /** Objects of each block relative to its folder; undefined when the listing does not tell. */
  readonly objects: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  /** When meta.json of a block was last changed, ms; where the listing tells. */
  readonly modifiedMs: ReadonlyMap<string, number>;
}

/** `concurrent`: the top level only, then a question a block. `recursive`: one listing of everything, no questions. */
export type DiscoveryStrategy = 'concurrent' | 'recursive';

/** Lists the block folders of a bucket; whatever is no ULID is ignored. */
export async function listBlocks(
  bucket: Bucket,
  strategy: DiscoveryStrategy,
  signal?: AbortSignal,
): Promise<BlockListing> {
  const modifiedMs = new Map<string, number>();
  if (strategy === 'concurrent') {
    const ulids: string[] = [];
    for await (const { name } of bucket.list('', { signal })) {
      if (name.endsWith('/') && isUlid(name.slice(0, -1))) ulids.push(name.slice(0, -1));
    }
    return { ulids, objects: undefined, modifiedMs };
  }
  const objects = new Map<string, Set<string>>();
  for await (const { name, attributes } of bucket.list('', { recursive: true, signal })) {
    const slash = name.indexOf('/');
    const ulid = name.slice(0, Math.max(0, slash));
    if (!isUlid(ulid)) continue;
    const rest = name.slice(slash + 1);
    const known = objects.get(ulid);
    if (known === undefined) objects.set(ulid, new Set([rest]));
    else known.add(rest);
    if (rest === 'meta.json' && attributes !== undefined) modifiedMs.set(ulid, attributes.lastModifiedMs);
  }
  return { ulids: [...objects.keys()], objects, modifiedMs };
}
