import type { PlanNode, SelectorNode } from './nodes.ts';

/** A node with every child replaced by `change(child)`; the node itself when none changes. Selectors inside matrices count. */
export function mapChildren(node: PlanNode, change: (child: PlanNode) => PlanNode): PlanNode {
  switch (node.kind) {
    case 'number':
    case 'string':
    case 'selector':
      return node;
    case 'matrix': {
      const selector = change(node.selector);
      return selector === node.selector || selector.kind !== 'selector' ? node : { ...node, selector };
    }
    case 'subquery':
    case 'unary':
    case 'step_invariant': {
      const expr = change(node.expr);
      return expr === node.expr ? node : { ...node, expr };
    }
    case 'aggregation': {
      const expr = change(node.expr);
      const param = node.param === undefined ? undefined : change(node.param);
      return expr === node.expr && param === node.param ? node : { ...node, expr, param };
    }
    case 'binary': {
      const lhs = change(node.lhs);
      const rhs = change(node.rhs);
      return lhs === node.lhs && rhs === node.rhs ? node : { ...node, lhs, rhs };
    }
    case 'call': {
      const args = node.args.map(change);
      return args.every((arg, i) => arg === node.args[i]) ? node : { ...node, args };
    }
  }
}

/** The children of a node, in the order of the text. */
export function childrenOf(node: PlanNode): readonly PlanNode[] {
  switch (node.kind) {
    case 'number':
    case 'string':
    case 'selector':
      return [];
    case 'matrix':
      return [node.selector];
    case 'subquery':
    case 'unary':
    case 'step_invariant':
      return [node.expr];
    case 'aggregation':
      return node.param === undefined ? [node.expr] : [node.param, node.expr];
    case 'binary':
      return [node.lhs, node.rhs];
    case 'call':
      return node.args;
  }
}

/** Every selector of a plan that has a selection, in the order of the text. */
export function selectorsOf(root: PlanNode): SelectorNode[] {
  const found: SelectorNode[] = [];
  const visit = (node: PlanNode): void => {
    if (node.kind === 'selector' && node.selection >= 0) found.push(node);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(root);
  return found;
}
