import type { Matcher } from '@tsanos/model';
import type { SelectRequest } from '../queryable.ts';
import type { PlanNode, QueryPlan, SelectorNode } from './nodes.ts';
import { mapChildren, selectorsOf } from './rewrite.ts';

/** One selection of the merged plan with the times of all its readers. */
interface Group {
  request: SelectRequest;
  readonly keys: ReadonlySet<string>;
}

/**
 * Reads what several selectors share once: selections with the same matchers become one, and a narrower one becomes a
 * filter over a wider one. Times are joined only where they overlap, so that nothing far apart is read.
 * The function in the hints must agree, since it decides which aggregates of downsampled data are read, unless `rawOnly`.
 */
export function mergeSelections(plan: QueryPlan, rawOnly = false): QueryPlan {
  if (plan.selections.length < 2) return plan;
  const pinned = pinnedSelections(plan);
  // Wider selections first, so that narrower ones find them.
  const order = plan.selections.map((_, i) => i).sort((a, b) => matcherCount(plan, a) - matcherCount(plan, b) || a - b);
  const groups: Group[] = [];
  const target: number[] = [];
  for (const i of order) {
    const request = plan.selections[i];
    const keys = new Set(request.matchers.map(String));
    const home = groups.findIndex((group) => canShare(group, request, keys, rawOnly, pinned.has(i)));
    target[i] = home >= 0 ? home : groups.push({ request, keys }) - 1;
    if (home >= 0) groups[home].request = join(groups[home].request, request);
  }
  if (groups.length === plan.selections.length) return plan;
  return rebuild(plan, groups, target);
}

const matcherCount = (plan: QueryPlan, i: number): number => plan.selections[i].matchers.length;

/** Where only statistics of histograms are read the first sample read shows in reset hints: such times must not change. */
function pinnedSelections(plan: QueryPlan): ReadonlySet<number> {
  return new Set(selectorsOf(plan.root).flatMap((node) => (node.statsOnly ? [node.selection] : [])));
}

function canShare(
  { request: wide, keys }: Group,
  narrow: SelectRequest,
  narrowKeys: ReadonlySet<string>,
  rawOnly: boolean,
  pinned: boolean,
): boolean {
  for (const key of keys) if (!narrowKeys.has(key)) return false;
  if (!rawOnly && wide.hints.func !== narrow.hints.func) return false;
  if (wide.mint === narrow.mint && wide.maxt === narrow.maxt) return true;
  return !pinned && wide.mint <= narrow.maxt && narrow.mint <= wide.maxt;
}

function join(a: SelectRequest, b: SelectRequest): SelectRequest {
  const sameHints =
    a.hints.func === b.hints.func &&
    a.hints.by === b.hints.by &&
    a.hints.grouping.join('\0') === b.hints.grouping.join('\0');
  const hints = {
    stepMs: Math.min(a.hints.stepMs, b.hints.stepMs),
    func: a.hints.func === b.hints.func ? a.hints.func : '',
    rangeMs: Math.min(a.hints.rangeMs, b.hints.rangeMs),
    grouping: sameHints ? a.hints.grouping : [],
    by: sameHints && a.hints.by,
  };
  return { mint: Math.min(a.mint, b.mint), maxt: Math.max(a.maxt, b.maxt), matchers: a.matchers, hints };
}

function rebuild(plan: QueryPlan, groups: readonly Group[], target: readonly number[]): QueryPlan {
  // Selections keep the order in which the text names them first.
  const renumbered: number[] = [];
  const selections: SelectRequest[] = [];
  for (const home of target) {
    if (renumbered[home] === undefined) renumbered[home] = selections.push(groups[home].request) - 1;
  }
  const moveSelector = (node: SelectorNode): SelectorNode => {
    const home = target[node.selection];
    const filter = missing(plan.selections[node.selection].matchers, groups[home].keys);
    return { ...node, selection: renumbered[home], filter };
  };
  const move = (node: PlanNode): PlanNode =>
    node.kind === 'selector' && node.selection >= 0 ? moveSelector(node) : mapChildren(node, move);
  return { ...plan, root: move(plan.root), selections };
}

function missing(matchers: readonly Matcher[], keys: ReadonlySet<string>): readonly Matcher[] {
  return matchers.filter((matcher) => !keys.has(String(matcher)));
}
