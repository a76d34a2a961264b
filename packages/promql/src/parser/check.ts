import { goQuote } from '../printer/go-quote.ts';
import {
  type Aggregation,
  type Binary,
  type BinaryOp,
  type Call,
  type Expr,
  type PositionRange,
  type ValueType,
  type VectorSelector,
  valueType,
} from './ast.ts';
import { isSpaceCode } from './lexer.ts';
import { ParseError } from './parse-error.ts';

const DOCUMENTED: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  string: 'string',
  vector: 'instant vector',
  matrix: 'range vector',
};

const COMPARISONS: ReadonlySet<BinaryOp> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const SET_OPERATORS: ReadonlySet<BinaryOp> = new Set(['and', 'or', 'unless']);

/**
 * Checks the types in a tree, children before their parents, and throws the first problem. Returns the tree with what
 * only types can tell: whether a binary operation matches vectors, and set operators' cardinality.
 */
export function checkTypes(expr: Expr, text: string): Expr {
  return new Checker(text).check(expr);
}

class Checker {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  #fail(pos: PositionRange, reason: string): never {
    throw new ParseError(this.#text, pos, reason);
  }

  check(expr: Expr): Expr {
    switch (expr.kind) {
      case 'number':
      case 'string':
        return expr;
      case 'selector':
        this.#selector(expr);
        return expr;
      case 'matrix':
        this.#selector(expr.selector);
        return expr;
      case 'paren': {
        const inner = this.check(expr.expr);
        return inner === expr.expr ? expr : { ...expr, expr: inner };
      }
      case 'unary': {
        const inner = this.check(expr.expr);
        const type = valueType(inner);
        if (type !== 'scalar' && type !== 'vector') {
          const got = goQuote(DOCUMENTED[type]);
          this.#fail(
            expr.pos,
            `unary expression only allowed on expressions of type scalar or instant vector, got ${got}`,
          );
        }
        return inner === expr.expr ? expr : { ...expr, expr: inner };
      }
      case 'subquery': {
        const inner = this.check(expr.expr);
        const type = valueType(inner);
        if (type !== 'vector') this.#fail(expr.pos, `subquery is only allowed on instant vector, got ${type} instead`);
        return inner === expr.expr ? expr : { ...expr, expr: inner };
      }
      case 'aggregation':
        return this.#aggregation(expr);
      case 'binary':
        return this.#binary(expr);
      case 'call':
        return this.#call(expr);
    }
  }

  #expect(expr: Expr, want: ValueType, context: string): Expr {
    const checked = this.check(expr);
    const got = valueType(checked);
    if (got !== want) {
      this.#fail(expr.pos, `expected type ${DOCUMENTED[want]} in ${context}, got ${DOCUMENTED[got]}`);
    }
    return checked;
  }

  #selector(selector: VectorSelector): void {
    const { matchers, name } = selector;
    if (name === '') {
      if (matchers.some((matcher) => !matcher.matches(''))) return;
      return this.#fail(selector.pos, 'vector selector must contain at least one non-empty matcher');
    }
    for (let i = 0; i < matchers.length - 1; i++) {
      if (matchers[i].name !== '__name__') continue;
      const names = `${goQuote(name)} or ${goQuote(matchers[i].value)}`;
      this.#fail(selector.pos, `metric name must not be set twice: ${names}`);
    }
  }

  #aggregation(node: Aggregation): Aggregation {
    const expr = this.#expect(node.expr, 'vector', 'aggregation expression');
    let { param } = node;
    if (param !== undefined) {
      param = this.#expect(param, node.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
    }
    return expr === node.expr && param === node.param ? node : { ...node, expr, param };
  }

  #binary(node: Binary): Binary {
    const lhs = this.check(node.lhs);
    const rhs = this.check(node.rhs);
    const left = valueType(lhs);
    const right = valueType(rhs);
    const { op } = node;
    if (node.returnBool && !COMPARISONS.has(op)) {
      this.#fail(this.#operatorPosition(node), 'bool modifier can only be used on comparison operators');
    }
    if (COMPARISONS.has(op) && !node.returnBool && left === 'scalar' && right === 'scalar') {
      this.#fail(this.#operatorPosition(node), 'comparisons between scalars must use BOOL modifier');
    }
    this.#joinedLabels(node);
    for (const [side, type] of [[lhs, left] as const, [rhs, right] as const]) {
      if (type === 'scalar' || type === 'vector') continue;
      this.#fail(side.pos, 'binary expression must contain only scalar and instant vector types');
    }
    const matching = this.#matching(node, left === 'vector' && right === 'vector');
    if (SET_OPERATORS.has(op) && (left === 'scalar' || right === 'scalar')) {
      this.#fail(node.pos, `set operator ${goQuote(op)} not allowed in binary scalar expression`);
    }
    const type = left === 'scalar' && right === 'scalar' ? 'scalar' : 'vector';
    if (lhs === node.lhs && rhs === node.rhs && matching === node.matching && type === node.type) return node;
    return { ...node, lhs, rhs, matching, type };
  }

  /** Where the operator and its modifiers stand: between the operands, without spaces. */
  #operatorPosition(node: Binary): PositionRange {
    let start = node.lhs.pos.end;
    while (isSpaceCode(this.#text.charCodeAt(start))) start++;
    let end = node.rhs.pos.start - 1;
    while (end > start && isSpaceCode(this.#text.charCodeAt(end))) end--;
    return { start, end };
  }

  #joinedLabels(node: Binary): void {
    const { matching } = node;
    if (matching === undefined || !matching.on) return;
    for (const label of matching.labels) {
      if (!matching.include.includes(label)) continue;
      const reason = `label ${goQuote(label)} must not occur in ON and GROUP clause at once`;
      this.#fail(this.#operatorPosition(node), reason);
    }
  }

  #matching(node: Binary, vectors: boolean): Binary['matching'] {
    const { matching, op } = node;
    if (matching === undefined) return undefined;
    const filled = matching.fillLeft !== undefined || matching.fillRight !== undefined;
    if (!vectors) {
      if (matching.labels.length > 0) this.#fail(node.pos, 'vector matching only allowed between instant vectors');
      if (filled) this.#fail(node.pos, 'filling in missing series only allowed between instant vectors');
      return undefined;
    }
    if (!SET_OPERATORS.has(op)) return matching;
    if (matching.card === 'one-to-many' || matching.card === 'many-to-one') {
      this.#fail(node.pos, `no grouping allowed for ${goQuote(op)} operation`);
    }
    if (filled) this.#fail(node.pos, 'filling in missing series not allowed for set operators');
    return { ...matching, card: 'many-to-many' };
  }

  #call(node: Call): Call {
    this.#argumentCount(node);
    const { func } = node;
    const context = `call to function ${goQuote(func.name)}`;
    if (func.name === 'info' && node.args.length > 1) this.#infoLabels(node, context);
    let changed = false;
    const args = node.args.map((arg, i) => {
      // The second argument of info may match everything.
      if (func.name === 'info' && i === 1) return arg;
      const want = func.argTypes[Math.min(i, func.argTypes.length - 1)];
      const checked = this.#expect(arg, want, context);
      changed ||= checked !== arg;
      return checked;
    });
    return changed ? { ...node, args } : node;
  }

  #argumentCount({ func, args, pos }: Call): void {
    const types = func.argTypes.length;
    const call = `argument(s) in call to ${goQuote(func.name)}, got ${args.length}`;
    if (func.variadic === 0) {
      if (args.length !== types) this.#fail(pos, `expected ${types} ${call}`);
      return;
    }
    const least = types - 1;
    if (args.length < least) this.#fail(pos, `expected at least ${least} ${call}`);
    const most = least + func.variadic;
    if (func.variadic > 0 && args.length > most) this.#fail(pos, `expected at most ${most} ${call}`);
  }

  #infoLabels(node: Call, context: string): void {
    const labels = node.args[1];
    const type = valueType(labels);
    if (type !== 'vector') {
      this.#fail(node.pos, `expected type ${DOCUMENTED.vector} in ${context}, got ${DOCUMENTED[type]}`);
    }
    if (labels.kind !== 'selector') return this.#fail(labels.pos, 'expected label selectors only');
    if (labels.name !== '') this.#fail(labels.pos, 'expected label selectors only, got vector selector instead');
  }
}
