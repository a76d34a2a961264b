import { formatFloatPlain } from '@tsanos/model';
import { goQuote } from '../printer/go-quote.ts';
import type { AggregationNode, BinaryNode, Frame, PlanNode, QueryPlan, ResolvedTime, SelectorNode } from './nodes.ts';
import { frameSteps } from './nodes.ts';
import { childrenOf } from './rewrite.ts';

/** A plan as text: one operator a line, two spaces a level, then what is read. */
export function explainPlan(plan: QueryPlan): string {
  const lines: string[] = [`query ${frameText(plan.frame)} lookback=${plan.lookback}`];
  const visit = (node: PlanNode, level: number): void => {
    lines.push(`${'  '.repeat(level)}${describeNode(node)}`);
    for (const child of childrenOf(node)) visit(child, level + 1);
  };
  visit(plan.root, 1);
  plan.selections.forEach(({ mint, maxt, matchers, hints }, i) => {
    const group =
      hints.grouping.length === 0 && !hints.by ? '' : ` ${hints.by ? 'by' : 'without'}=(${hints.grouping.join(',')})`;
    const hint = `func=${hints.func === '' ? '-' : hints.func} range=${hints.rangeMs} step=${hints.stepMs}${group}`;
    lines.push(`read #${i} {${matchers.map(String).join(',')}} ${mint}..${maxt} ${hint}`);
  });
  return lines.join('\n');
}

/** One operator of a plan on one line, for explain and analyze. */
export function describeNode(node: PlanNode): string {
  switch (node.kind) {
    case 'number':
      return `number ${formatFloatPlain(node.value)}`;
    case 'string':
      return `string ${goQuote(node.value)}`;
    case 'selector':
      return describeSelector(node);
    case 'matrix':
      return `matrix range=${node.range}`;
    case 'subquery':
      return `subquery range=${node.range}${timeText(node)} ${frameText(node.frame)}`;
    case 'call':
      return `call ${node.func.name}`;
    case 'aggregation':
      return describeAggregation(node);
    case 'binary':
      return describeBinary(node);
    case 'unary':
      return `unary ${node.op}`;
    case 'step_invariant':
      return 'once';
  }
}

function frameText(frame: Frame): string {
  return `${frame.start}..${frame.end} step=${frame.step} steps=${frameSteps(frame)}`;
}

function timeText({ at, offset }: ResolvedTime): string {
  return `${at === undefined ? '' : ` at=${at}`}${offset === 0 ? '' : ` offset=${offset}`}`;
}

function describeSelector(node: SelectorNode): string {
  const source = node.selection < 0 ? 'labels' : `#${node.selection}`;
  const filter = node.filter.length === 0 ? '' : ` filter={${node.filter.map(String).join(',')}}`;
  const extension = node.anchored ? ' anchored' : node.smoothed ? ' smoothed' : '';
  const stats = node.statsOnly ? ' stats-only' : '';
  const { projection } = node;
  const labels =
    projection === undefined ? '' : ` labels=${projection.include ? '' : '!'}(${projection.labels.join(',')})`;
  return `select ${source}${filter}${timeText(node)}${extension}${stats}${labels}`;
}

function describeAggregation({ op, grouping, without }: AggregationNode): string {
  if (grouping.length === 0 && !without) return `aggregate ${op}`;
  return `aggregate ${op} ${without ? 'without' : 'by'}=(${grouping.join(',')})`;
}

function describeBinary({ op, returnBool, matching }: BinaryNode): string {
  const bool = returnBool ? ' bool' : '';
  if (matching === undefined) return `binary ${op}${bool}`;
  const labels = `${matching.on ? 'on' : 'ignoring'}=(${matching.labels.join(',')})`;
  const include = matching.include.length === 0 ? '' : ` include=(${matching.include.join(',')})`;
  return `binary ${op}${bool} ${matching.card} ${labels}${include}`;
}
