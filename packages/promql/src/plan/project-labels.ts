import type { AggregationOp } from '../parser/ast.ts';
import type { AggregationNode, PlanNode, Projection, QueryPlan } from './nodes.ts';
import { mapChildren } from './rewrite.ts';

/** Aggregations whose output labels are those of the grouping only. */
export const GROUP_ONLY: ReadonlySet<AggregationOp> = new Set([
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'quantile',
]);

/** Functions that use or change labels other than the name. */
export const LABEL_FUNCTIONS: ReadonlySet<string> = new Set([
  'absent',
  'absent_over_time',
  'histogram_fraction',
  'histogram_quantile',
  'histogram_quantiles',
  'info',
  'label_join',
  'label_replace',
  'scalar',
  'sort_by_label',
  'sort_by_label_desc',
]);

/**
 * Tells selectors below an aggregation which labels the groups need, where nothing between looks at labels and the
 * metric's name is fixed (with several names two series may become one, which is an error that must not be lost).
 */
export function projectLabels(plan: QueryPlan): QueryPlan {
  const root = project(plan.root, undefined);
  return root === plan.root ? plan : { ...plan, root };
}

function project(node: PlanNode, wanted: Projection | undefined): PlanNode {
  switch (node.kind) {
    case 'selector': {
      const named = node.matchers.some((matcher) => matcher.name === '__name__' && matcher.type === '=');
      return wanted === undefined || !named || node.selection < 0 ? node : { ...node, projection: wanted };
    }
    case 'aggregation':
      return projectAggregation(node);
    case 'call':
      return mapChildren(node, (arg) => project(arg, LABEL_FUNCTIONS.has(node.func.name) ? undefined : wanted));
    case 'binary':
      // Matching vectors looks at labels; an operation with a scalar does not.
      return mapChildren(node, (side) => project(side, node.matching === undefined ? wanted : undefined));
    default:
      return mapChildren(node, (child) => project(child, wanted));
  }
}

function projectAggregation(node: AggregationNode): PlanNode {
  const wanted = GROUP_ONLY.has(node.op) ? groupLabels(node) : undefined;
  const expr = project(node.expr, wanted);
  const param = node.param === undefined ? undefined : project(node.param, undefined);
  return expr === node.expr && param === node.param ? node : { ...node, expr, param };
}

function groupLabels({ grouping, without }: AggregationNode): Projection {
  return without ? { include: false, labels: ['__name__', ...grouping] } : { include: true, labels: grouping };
}
