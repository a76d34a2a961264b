import type { CallNode, PlanNode, QueryPlan } from './nodes.ts';
import { mapChildren } from './rewrite.ts';

/** Functions whose value depends on the step even if their arguments do not. */
const UNSAFE: ReadonlySet<string> = new Set([
  'days_in_month',
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'hour',
  'minute',
  'month',
  'year',
  'predict_linear',
  'time',
  'timestamp',
]);

/**
 * Wraps the largest parts that have the same value at every step: all their selectors and subqueries carry `@` and no
 * function depends on the time. Numbers and strings are invariant without a wrapper.
 */
export function markInvariant(plan: QueryPlan): QueryPlan {
  const { node, invariant } = mark(plan.root);
  const root = invariant ? wrap(node) : node;
  return root === plan.root ? plan : { ...plan, root };
}

interface Marked {
  readonly node: PlanNode;
  readonly invariant: boolean;
}

function wrap(node: PlanNode): PlanNode {
  if (node.kind === 'number' || node.kind === 'string' || node.kind === 'step_invariant') return node;
  if (node.kind === 'selector' && node.selection < 0) return node;
  return { kind: 'step_invariant', expr: node, pos: node.pos };
}

function mark(node: PlanNode): Marked {
  switch (node.kind) {
    case 'number':
    case 'string':
      return { node, invariant: true };
    case 'selector':
      // The labels of info (no selection) belong to their call.
      return { node, invariant: node.at !== undefined || node.selection < 0 };
    case 'matrix':
      return { node, invariant: node.selector.at !== undefined };
    case 'subquery': {
      // Its steps are its own: what is invariant inside is so whatever happens outside.
      const inner = mark(node.expr);
      const expr = inner.invariant ? wrap(inner.node) : inner.node;
      return { node: expr === node.expr ? node : { ...node, expr }, invariant: node.at !== undefined };
    }
    default:
      return markParent(node);
  }
}

function markParent(node: PlanNode): Marked {
  const marks = new Map<PlanNode, boolean>();
  const marked = mapChildren(node, (child) => {
    const result = mark(child);
    marks.set(result.node, result.invariant);
    return result.node;
  });
  const all = [...marks.values()].every(Boolean) && !(marked.kind === 'call' && isUnsafe(marked));
  if (all) return { node: marked, invariant: true };
  return { node: mapChildren(marked, (child) => (marks.get(child) === true ? wrap(child) : child)), invariant: false };
}

function isUnsafe({ func, args }: CallNode): boolean {
  if (!UNSAFE.has(func.name)) return false;
  // The time of a sample picked by `@` does not change.
  return !(func.name === 'timestamp' && args[0]?.kind === 'selector');
}
