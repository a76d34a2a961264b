import { TemplateError } from './lexer.ts';
import { type TemplateEnvironment, type TemplateFunction, templateFunctions, truthy } from './functions.ts';
import { type TemplateValue, printValue } from './go-format.ts';
import type { Command, ControlNode, Operand, ParsedTemplate, Pipeline, TemplateNode } from './nodes.ts';
import { parseTemplate } from './parser.ts';

/** The names that alert templates may use without declaring them. */
export interface AlertTemplateData {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: TemplateValue;
  readonly externalLabels: Readonly<Record<string, string>>;
}

const NOWHERE: TemplateEnvironment = { query: () => Promise.resolve([]), now: 0, externalUrl: '' };
const FUNCTION_NAMES = new Set(Object.keys(templateFunctions(NOWHERE)));
const VARIABLES = ['labels', 'externalLabels', 'externalURL', 'value'];
/** Deepest nesting of `{{template}}`. */
const MAX_DEPTH = 100;

/** Throws a TemplateError when the text of a label or annotation of an alert is no template. */
export function checkAlertTemplate(text: string): void {
  parseTemplate(text, FUNCTION_NAMES, VARIABLES);
}

/** Expands the text of a label or annotation; an error becomes the text, as in Prometheus. */
export async function expandAlertTemplate(
  text: string,
  data: AlertTemplateData,
  env: TemplateEnvironment,
): Promise<string> {
  if (!text.includes('{{')) return text;
  try {
    const dot = {
      Labels: data.labels,
      ExternalLabels: data.externalLabels,
      ExternalURL: env.externalUrl,
      Value: data.value,
    };
    const variables = new Map<string, TemplateValue>([
      ['', dot],
      ['labels', data.labels],
      ['externalLabels', data.externalLabels],
      ['externalURL', env.externalUrl],
      ['value', data.value],
    ]);
    const parsed = parseTemplate(text, FUNCTION_NAMES, VARIABLES);
    const expansion = new Expansion(parsed, templateFunctions(env));
    await expansion.run(parsed.body, dot, new Scope(variables));
    return expansion.out;
  } catch (error) {
    return `<error expanding template: ${error instanceof Error ? error.message : String(error)}>`;
  }
}

class Scope {
  readonly #own: Map<string, TemplateValue>;
  readonly #outer: Scope | undefined;

  constructor(own: Map<string, TemplateValue>, outer?: Scope) {
    this.#own = own;
    this.#outer = outer;
  }

  inner(): Scope {
    return new Scope(new Map(), this);
  }

  get(name: string): TemplateValue {
    return this.#own.has(name) ? this.#own.get(name) : this.#outer?.get(name);
  }

  declare(name: string, value: TemplateValue): void {
    this.#own.set(name, value);
  }

  assign(name: string, value: TemplateValue): void {
    if (this.#own.has(name) || this.#outer === undefined) this.#own.set(name, value);
    else this.#outer.assign(name, value);
  }
}

type Flow = 'break' | 'continue' | undefined;

class Expansion {
  out = '';
  readonly #template: ParsedTemplate;
  readonly #functions: Readonly<Record<string, TemplateFunction>>;
  #depth = 0;

  constructor(template: ParsedTemplate, functions: Readonly<Record<string, TemplateFunction>>) {
    this.#template = template;
    this.#functions = functions;
  }

  async run(nodes: readonly TemplateNode[], dot: TemplateValue, scope: Scope): Promise<Flow> {
    for (const node of nodes) {
      const flow = await this.#node(node, dot, scope);
      if (flow !== undefined) return flow;
    }
    return undefined;
  }

  async #node(node: TemplateNode, dot: TemplateValue, scope: Scope): Promise<Flow> {
    switch (node.kind) {
      case 'text':
        this.out += node.text;
        return undefined;
      case 'action': {
        const value = await this.#pipeline(node.pipeline, dot, scope);
        if (node.pipeline.targets.length === 0) this.out += printValue(value);
        return undefined;
      }
      case 'if':
      case 'with': {
        const inner = scope.inner();
        const value = await this.#pipeline(node.pipeline, dot, inner);
        if (!truthy(value)) return this.run(node.otherwise, dot, inner);
        return this.run(node.body, node.kind === 'with' ? value : dot, inner.inner());
      }
      case 'range':
        return this.#range(node, dot, scope);
      case 'template':
        await this.#call(node.name, node.pipeline && (await this.#pipeline(node.pipeline, dot, scope)));
        return undefined;
      case 'break':
      case 'continue':
        return node.kind;
    }
  }

  async #call(name: string, dot: TemplateValue): Promise<void> {
    const body = this.#template.defined.get(name);
    if (body === undefined) throw new TemplateError(`template "${name}" not defined`);
    if (++this.#depth > MAX_DEPTH) throw new TemplateError('exceeded maximum template depth');
    await this.run(body, dot, new Scope(new Map([['', dot]])));
    this.#depth--;
  }

  async #range(node: ControlNode, dot: TemplateValue, scope: Scope): Promise<Flow> {
    const inner = scope.inner();
    const list = entriesOf(await this.#pipeline({ ...node.pipeline, targets: [] }, dot, inner));
    if (list.length === 0) return this.run(node.otherwise, dot, inner);
    const { targets } = node.pipeline;
    for (const [key, value] of list) {
      const step = inner.inner();
      if (targets.length > 0) step.declare(targets[targets.length - 1], value);
      if (targets.length > 1) step.declare(targets[0], key);
      if ((await this.run(node.body, value, step)) === 'break') break;
    }
    return undefined;
  }

  async #pipeline(pipeline: Pipeline, dot: TemplateValue, scope: Scope): Promise<TemplateValue> {
    let value: TemplateValue;
    let piped = false;
    for (const command of pipeline.commands) {
      value = await this.#command(command, dot, scope, piped ? [value] : []);
      piped = true;
    }
    for (const target of pipeline.targets) {
      if (pipeline.declares) scope.declare(target, value);
      else scope.assign(target, value);
    }
    return value;
  }

  async #command(
    command: Command,
    dot: TemplateValue,
    scope: Scope,
    piped: readonly TemplateValue[],
  ): Promise<TemplateValue> {
    const [head, ...rest] = command;
    if (head.term.kind !== 'function') {
      if (rest.length > 0 || piped.length > 0) throw new TemplateError("can't give argument to non-function");
      return this.#operand(head, dot, scope);
    }
    const args: TemplateValue[] = [];
    for (const operand of rest) args.push(await this.#operand(operand, dot, scope));
    return fieldsOf(await this.#functions[head.term.name](...args, ...piped), head.fields);
  }

  async #operand({ term, fields }: Operand, dot: TemplateValue, scope: Scope): Promise<TemplateValue> {
    switch (term.kind) {
      case 'literal':
        return term.value;
      case 'dot':
        return fieldsOf(dot, fields);
      case 'variable':
        return fieldsOf(scope.get(term.name), fields);
      case 'function':
        return fieldsOf(await this.#functions[term.name](), fields);
      case 'pipeline':
        return fieldsOf(await this.#pipeline(term.pipeline, dot, scope), fields);
    }
  }
}

function entriesOf(value: TemplateValue): [TemplateValue, TemplateValue][] {
  if (Array.isArray(value)) return (value as readonly TemplateValue[]).map((item, i) => [BigInt(i), item]);
  if (typeof value === 'bigint') return Array.from({ length: Number(value) }, (_, i) => [BigInt(i), BigInt(i)]);
  if (value === null || value === undefined) return [];
  if (typeof value === 'object') return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  throw new TemplateError(`range can't iterate over ${printValue(value)}`);
}

/** Follows `.a.b`; a key that a map lacks is the empty text. */
function fieldsOf(value: TemplateValue, fields: readonly string[]): TemplateValue {
  let at = value;
  for (const field of fields) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) {
      throw new TemplateError(`can't evaluate field ${field} in type ${typeof at}`);
    }
    at = Object.hasOwn(at, field) ? (at as Readonly<Record<string, TemplateValue>>)[field] : '';
  }
  return at;
}
