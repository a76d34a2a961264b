import type { Expr } from '../parser/ast.ts';

/** Functions whose value depends on the time of evaluation. */
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
  'start',
  'end',
  'step',
  'range',
]);

/**
 * The expression with `@ time` on every selector and subquery that has none, so that it has the same value at any time;
 * what stands inside a subquery is left alone. Undefined where a function depends on the time anyway.
 */
export function atEverywhere(expr: Expr, time: number): Expr | undefined {
  const children = (list: readonly Expr[]): Expr[] | undefined => {
    const out = list.map((child) => atEverywhere(child, time));
    return out.every((child) => child !== undefined) ? out : undefined;
  };
  switch (expr.kind) {
    case 'number':
    case 'string':
      return expr;
    case 'selector':
      return { ...expr, timestamp: expr.timestamp ?? time };
    case 'matrix':
      return { ...expr, selector: { ...expr.selector, timestamp: expr.selector.timestamp ?? time } };
    case 'subquery':
      return { ...expr, timestamp: expr.timestamp ?? time };
    case 'paren':
    case 'unary': {
      const [inner] = children([expr.expr]) ?? [];
      return inner && { ...expr, expr: inner };
    }
    case 'binary': {
      const [lhs, rhs] = children([expr.lhs, expr.rhs]) ?? [];
      return lhs && rhs && { ...expr, lhs, rhs };
    }
    case 'call': {
      const args = UNSAFE.has(expr.func.name) ? undefined : children(expr.args);
      return args && { ...expr, args };
    }
    case 'aggregation': {
      const [inner, param] = children(expr.param === undefined ? [expr.expr] : [expr.expr, expr.param]) ?? [];
      return inner && { ...expr, expr: inner, param };
    }
  }
}
