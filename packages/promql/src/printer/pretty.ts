import type { Aggregation, Call, Expr, Subquery } from '../parser/ast.ts';
import { byteOffset } from '../parser/position.ts';
import { aggregationHead, operatorText, printExpr, subquerySuffix } from './print.ts';

/** Longest line in bytes that is not split. */
const MAX_LINE = 100;

/** The text of `/api/v1/format_query`: long expressions are split over lines, two spaces a level. */
export function prettyPrint(expr: Expr): string {
  return new Pretty().print(expr, 0);
}

/** Keeps the texts of nodes, so that a deep tree is not printed again at each level. */
class Pretty {
  readonly #texts = new Map<Expr, string>();

  #line(expr: Expr): string {
    let text = this.#texts.get(expr);
    if (text === undefined) {
      text = printExpr(expr);
      this.#texts.set(expr, text);
    }
    return text;
  }

  print(expr: Expr, level: number): string {
    const indent = '  '.repeat(level);
    if (!canSplit(expr)) return indent + this.#line(expr);
    const line = this.#line(expr);
    if (byteOffset(line, MAX_LINE + 1) <= MAX_LINE && byteOffset(line, line.length) <= MAX_LINE) {
      // A subquery that fits stands without indent.
      return expr.kind === 'subquery' ? line : indent + line;
    }
    switch (expr.kind) {
      case 'aggregation':
        return this.#aggregation(expr, level, indent);
      case 'binary': {
        const lhs = this.print(expr.lhs, level + 1);
        const rhs = this.print(expr.rhs, level + 1);
        return `${lhs}\n${indent}${operatorText(expr)}\n${rhs}`;
      }
      case 'call':
        return this.#call(expr, level, indent);
      case 'paren':
        return `${indent}(\n${this.print(expr.expr, level + 1)}\n${indent})`;
      case 'subquery':
        return this.#subquery(expr, level);
      case 'unary':
        return `${indent}${expr.op}${this.print(expr.expr, level).trim()}`;
      default:
        return indent + line;
    }
  }

  #aggregation(node: Aggregation, level: number, indent: string): string {
    const param = node.param === undefined ? '' : `${this.print(node.param, level + 1)},\n`;
    return `${indent}${aggregationHead(node)}(\n${param}${this.print(node.expr, level + 1)}\n${indent})`;
  }

  #call(node: Call, level: number, indent: string): string {
    const args = node.args.map((arg) => this.print(arg, level + 1)).join(',\n');
    return `${indent}${node.func.name}(\n${args}\n${indent})`;
  }

  #subquery(node: Subquery, level: number): string {
    return this.print(node.expr, level) + subquerySuffix(node);
  }
}

function canSplit(expr: Expr): boolean {
  switch (expr.kind) {
    case 'aggregation':
    case 'binary':
    case 'call':
    case 'paren':
    case 'subquery':
    case 'unary':
      return true;
    default:
      return false;
  }
}
