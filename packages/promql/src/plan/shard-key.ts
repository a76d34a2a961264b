import { GROUP_ONLY, LABEL_FUNCTIONS } from './project-labels.ts';
import type { PlanNode, QueryPlan } from './nodes.ts';
import { childrenOf, selectorsOf } from './rewrite.ts';

/** Labels that decide where a series of a query goes: those of `labels` (`by`), or all but those. */
export interface ShardKey {
  readonly by: boolean;
  readonly labels: readonly string[];
}

/** Labels that operators drop on the way. */
const DROPPED = ['__name__', '__type__', '__unit__'];
/** Functions whose rows are more than those of their argument, each for itself. */
const WHOLE: ReadonlySet<string> = new Set([...LABEL_FUNCTIONS, 'sort', 'sort_desc', 'vector']);

/**
 * How the series that an aggregation reads can be dealt out, so that the answers over the shares, put together, are the whole
 * answer bit for bit: series of one group have equal keys. Undefined where the plan does not tell, as for queries of more
 * than one selector and for aggregations without groups; and where nothing is aggregated, because there putting together
 * large answers costs more time and memory than sharing the work saves.
 */
export function shardKey(plan: QueryPlan): ShardKey | undefined {
  if (plan.type !== 'vector' || selectorsOf(plan.root).length !== 1) return undefined;
  let key: ShardKey | undefined;
  let node: PlanNode | undefined = plan.root;
  while (node.kind !== 'selector') {
    if (node.kind === 'aggregation') {
      // Groups of groups would need the key of both.
      if (key !== undefined || !GROUP_ONLY.has(node.op)) return undefined;
      key = node.without
        ? { by: false, labels: [...new Set([...node.grouping, ...DROPPED])] }
        : groupKey(node.grouping);
      if (key === undefined) return undefined;
    } else if (node.kind === 'call' && WHOLE.has(node.func.name)) {
      return undefined;
    }
    node = childrenOf(node).find((child) => selectorsOf(child).length === 1);
    if (node === undefined) return undefined;
  }
  return key;
}

function groupKey(labels: readonly string[]): ShardKey | undefined {
  return labels.length === 0 || labels.some((label) => DROPPED.includes(label)) ? undefined : { by: true, labels };
}
