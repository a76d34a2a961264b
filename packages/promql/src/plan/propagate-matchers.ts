import type { Matcher } from '@tsanos/model';
import type { VectorMatching } from '../parser/ast.ts';
import type { SelectRequest } from '../queryable.ts';
import type { AggregationNode, BinaryNode, PlanNode, QueryPlan, SelectorNode } from './nodes.ts';
import { childrenOf } from './rewrite.ts';

/** Functions that give each input series one output series with the same labels but for the name. */
const KEEPS_LABELS: ReadonlySet<string> = new Set([
  'rate',
  'increase',
  'delta',
  'irate',
  'idelta',
  'changes',
  'resets',
  'deriv',
  'predict_linear',
  'avg_over_time',
  'count_over_time',
  'first_over_time',
  'last_over_time',
  'max_over_time',
  'min_over_time',
  'present_over_time',
  'quantile_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'sum_over_time',
  'abs',
  'ceil',
  'floor',
  'round',
  'clamp',
  'clamp_max',
  'clamp_min',
  'sort',
  'sort_desc',
  'timestamp',
]);

const ONE_PER_GROUP: ReadonlySet<string> = new Set([
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

/**
 * Lets a selector read only what can find a partner: where both sides of an operation agree in a label, matchers that hold
 * for one side are added to the selection of the other. Only where no answer, error or annotation can change:
 * - the receiving side is a bare selector;
 * - the operation is `and` or `unless`, or its one side is unique by construction, so that no error about duplicates
 *   can be lost, and nothing is filled in.
 */
export function propagateMatchers(plan: QueryPlan): QueryPlan {
  const selections = [...plan.selections];
  const visit = (node: PlanNode): void => {
    if (node.kind === 'binary') propagate(node, selections);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(plan.root);
  return selections.every((selection, i) => selection === plan.selections[i]) ? plan : { ...plan, selections };
}

function propagate(node: BinaryNode, selections: SelectRequest[]): void {
  const { matching, op } = node;
  if (matching === undefined || matching.fillLeft !== undefined || matching.fillRight !== undefined) return;
  if (op === 'and') {
    narrow(node.lhs, node.rhs, matching, selections);
    narrow(node.rhs, node.lhs, matching, selections);
  } else if (op === 'unless') {
    narrow(node.rhs, node.lhs, matching, selections);
  } else if (op !== 'or') {
    const [many, one] = matching.card === 'one-to-many' ? [node.rhs, node.lhs] : [node.lhs, node.rhs];
    if (isUnique(one, matching)) narrow(many, one, matching, selections);
  }
}

/** Adds to the selection of `target` the matchers that hold for all series of `source`. */
function narrow(target: PlanNode, source: PlanNode, matching: VectorMatching, selections: SelectRequest[]): void {
  const selector = bareSelector(target);
  if (selector === undefined) return;
  const selection = selections[selector.selection];
  const known = new Set(selection.matchers.map(String));
  const added = holdingMatchers(source).filter(
    (matcher) => comparesLabel(matching, matcher.name) && !known.has(String(matcher)),
  );
  if (added.length === 0) return;
  selections[selector.selection] = { ...selection, matchers: [...selection.matchers, ...added] };
}

function bareSelector(node: PlanNode): SelectorNode | undefined {
  const inner = node.kind === 'step_invariant' ? node.expr : node;
  return inner.kind === 'selector' && inner.selection >= 0 && !inner.smoothed ? inner : undefined;
}

function comparesLabel({ on, labels }: VectorMatching, name: string): boolean {
  if (on) return labels.includes(name);
  return name !== '__name__' && !labels.includes(name);
}

/** Matchers on labels that every series of the node's value satisfies. */
function holdingMatchers(node: PlanNode): readonly Matcher[] {
  switch (node.kind) {
    case 'step_invariant':
      return holdingMatchers(node.expr);
    case 'selector':
      return node.matchers.filter((matcher) => !isMetadata(matcher.name));
    case 'matrix':
      return holdingMatchers(node.selector);
    case 'subquery':
      return holdingMatchers(node.expr);
    case 'call': {
      const source = node.args.find((arg) => arg.kind !== 'number');
      return KEEPS_LABELS.has(node.func.name) && source !== undefined ? holdingMatchers(source) : [];
    }
    case 'aggregation':
      return holdingOfGroups(node);
    default:
      return [];
  }
}

const isMetadata = (name: string): boolean => name === '__name__' || name === '__type__' || name === '__unit__';

function holdingOfGroups(node: AggregationNode): readonly Matcher[] {
  if (!ONE_PER_GROUP.has(node.op)) return [];
  const kept = holdingMatchers(node.expr);
  return kept.filter((matcher) => node.grouping.includes(matcher.name) !== node.without);
}

/** Whether no two series of the node's value can agree in all labels that the operation compares. */
function isUnique(node: PlanNode, matching: VectorMatching): boolean {
  const inner = node.kind === 'step_invariant' ? node.expr : node;
  if (inner.kind !== 'aggregation' || inner.without || !ONE_PER_GROUP.has(inner.op)) return false;
  return inner.grouping.every((label) => comparesLabel(matching, label));
}
