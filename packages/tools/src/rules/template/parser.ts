import { type Piece, TemplateError, type Token, splitTemplate } from './lexer.ts';
import type { Command, Operand, ParsedTemplate, Pipeline, TemplateNode, Term } from './nodes.ts';

const KEYWORDS = new Set(['if', 'else', 'end', 'range', 'with', 'define', 'template', 'block', 'break', 'continue']);

/**
 * Parses a template of Go's text/template language. `functions` are the names that may be called, `variables` those that are
 * defined from the start, without the dollar sign. Throws a TemplateError.
 */
export function parseTemplate(
  source: string,
  functions: ReadonlySet<string>,
  variables: readonly string[] = [],
): ParsedTemplate {
  return new TemplateParser(splitTemplate(source), functions, variables).parse();
}

class TemplateParser {
  readonly #pieces: readonly Piece[];
  readonly #functions: ReadonlySet<string>;
  readonly #defined = new Map<string, readonly TemplateNode[]>();
  #variables: string[];
  #piece = 0;
  #line = 1;
  #tokens: readonly Token[] = [];
  #at = 0;
  #loops = 0;

  constructor(pieces: readonly Piece[], functions: ReadonlySet<string>, variables: readonly string[]) {
    this.#pieces = pieces;
    this.#functions = functions;
    this.#variables = ['', ...variables];
  }

  parse(): ParsedTemplate {
    const { body, end } = this.#block();
    if (end !== undefined) this.#fail(`unexpected {{${end}}}`);
    return { body, defined: this.#defined };
  }

  #fail(message: string): never {
    throw new TemplateError(`template: __alert_:${this.#line}: ${message}`);
  }

  /** Reads until `{{end}}`, `{{else…}}` or the end of the text; the tokens of an else are left to be read. */
  #block(): { body: TemplateNode[]; end: 'end' | 'else' | undefined } {
    const body: TemplateNode[] = [];
    const outer = this.#variables;
    this.#variables = [...outer];
    while (this.#piece < this.#pieces.length) {
      const piece = this.#pieces[this.#piece++];
      if ('text' in piece) {
        body.push({ kind: 'text', text: piece.text });
        continue;
      }
      this.#tokens = piece.tokens;
      this.#line = piece.line;
      this.#at = 0;
      const first = this.#tokens[0];
      const word = first.kind === 'word' && KEYWORDS.has(first.text) ? first.text : '';
      if (word === 'end' || word === 'else') {
        this.#at = 1;
        this.#variables = outer;
        return { body, end: word };
      }
      this.#statement(word, body);
    }
    this.#variables = outer;
    return { body, end: undefined };
  }

  #statement(word: string, body: TemplateNode[]): void {
    if (word !== '') this.#at = 1;
    switch (word) {
      case '':
        body.push({ kind: 'action', pipeline: this.#pipeline() });
        return;
      case 'if':
      case 'with':
      case 'range':
        body.push(this.#control(word));
        return;
      case 'break':
      case 'continue':
        if (this.#loops === 0) this.#fail(`{{${word}}} outside {{range}}`);
        body.push({ kind: word });
        return;
      case 'define':
        this.#define(this.#name());
        return;
      default: {
        const name = this.#name();
        const pipeline = this.#at < this.#tokens.length ? this.#pipeline() : undefined;
        if (word === 'block') this.#define(name);
        body.push({ kind: 'template', name, pipeline });
      }
    }
  }

  #name(): string {
    const token = this.#tokens[this.#at++];
    if (token?.kind !== 'string') this.#fail('unexpected token in template clause');
    return unquoteGo(token.text);
  }

  #define(name: string): void {
    const { body, end } = this.#block();
    if (end !== 'end') this.#fail('unexpected EOF');
    this.#defined.set(name, body);
  }

  #control(kind: 'if' | 'with' | 'range'): TemplateNode {
    const outer = this.#variables;
    this.#variables = [...outer];
    const pipeline = this.#pipeline();
    if (kind === 'range') this.#loops++;
    const { body, end } = this.#block();
    if (kind === 'range') this.#loops--;
    let otherwise: readonly TemplateNode[] = [];
    if (end === 'else') otherwise = this.#otherwise();
    else if (end === undefined) this.#fail('unexpected EOF');
    this.#variables = outer;
    return { kind, pipeline, body, otherwise };
  }

  #otherwise(): readonly TemplateNode[] {
    const next = this.#tokens[this.#at];
    if (next?.kind === 'word' && (next.text === 'if' || next.text === 'with')) {
      this.#at++;
      return [this.#control(next.text)];
    }
    const { body, end } = this.#block();
    if (end !== 'end') this.#fail(end === 'else' ? 'expected end; found {{else}}' : 'unexpected EOF');
    return body;
  }

  #peekSymbol(text: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === 'symbol' && token.text === text;
  }

  #pipeline(): Pipeline {
    const { targets, declares } = this.#assignment();
    const commands: Command[] = [];
    do {
      if (this.#peekSymbol('|')) this.#at++;
      const command = this.#command();
      if (command.length === 0) this.#fail('missing value for command');
      commands.push(command);
    } while (this.#peekSymbol('|'));
    if (this.#at < this.#tokens.length && !this.#peekSymbol(')')) {
      this.#fail(`unexpected <${this.#tokens[this.#at].text}> in command`);
    }
    if (declares) this.#variables.push(...targets);
    return { targets, declares, commands };
  }

  #assignment(): { targets: string[]; declares: boolean } {
    const first = this.#tokens[this.#at];
    if (first?.kind !== 'variable') return { targets: [], declares: false };
    const targets = [first.text.slice(1)];
    let ahead = 1;
    const second = this.#tokens[this.#at + 2];
    if (this.#peekSymbol(',', 1) && second?.kind === 'variable') {
      targets.push(second.text.slice(1));
      ahead = 3;
    }
    if (!this.#peekSymbol(':=', ahead) && !this.#peekSymbol('=', ahead)) return { targets: [], declares: false };
    const declares = this.#peekSymbol(':=', ahead);
    this.#at += ahead + 1;
    return { targets, declares };
  }

  #command(): Command {
    const operands: Operand[] = [];
    for (;;) {
      const term = this.#term();
      if (term === undefined) return operands;
      const fields: string[] = [];
      for (let next = this.#tokens[this.#at]; next?.kind === 'field' && !next.spaced; next = this.#tokens[this.#at]) {
        fields.push(next.text.slice(1));
        this.#at++;
      }
      operands.push({ term: term.term, fields: [...term.fields, ...fields] });
    }
  }

  #term(): Operand | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined) return undefined;
    const take = (term: Term, fields: readonly string[] = []): Operand => {
      this.#at++;
      return { term, fields };
    };
    switch (token.kind) {
      case 'string':
        return take({ kind: 'literal', value: unquoteGo(token.text) });
      case 'char':
        return take({ kind: 'literal', value: BigInt(unquoteGo(`"${token.text.slice(1, -1)}"`).codePointAt(0) ?? 0) });
      case 'number':
        return take({ kind: 'literal', value: numberOf(token.text) });
      case 'field':
        return take({ kind: 'dot' }, [token.text.slice(1)]);
      case 'variable': {
        const name = token.text.slice(1);
        if (!this.#variables.includes(name)) this.#fail(`undefined variable "${token.text}"`);
        return take({ kind: 'variable', name });
      }
      case 'word':
        return take(this.#wordTerm(token.text));
      case 'symbol':
        return this.#symbolTerm(token.text);
    }
  }

  #wordTerm(text: string): Term {
    if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true' };
    if (text === 'nil') return { kind: 'literal', value: null };
    if (!this.#functions.has(text)) this.#fail(`function "${text}" not defined`);
    return { kind: 'function', name: text };
  }

  #symbolTerm(text: string): Operand | undefined {
    if (text === '.') {
      this.#at++;
      return { term: { kind: 'dot' }, fields: [] };
    }
    if (text !== '(') return undefined;
    this.#at++;
    const pipeline = this.#pipeline();
    if (!this.#peekSymbol(')')) this.#fail('unclosed left paren');
    this.#at++;
    return { term: { kind: 'pipeline', pipeline }, fields: [] };
  }
}

function numberOf(text: string): number | bigint {
  const bare = text.replaceAll('_', '');
  return /^[+-]?(\d+|0[xX][0-9a-fA-F]+)$/.test(bare) ? BigInt(bare.replace(/^\+/, '')) : Number(bare);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };

function unquoteGo(token: string): string {
  if (token.startsWith('`')) return token.slice(1, -1);
  return token.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|.)/gs, (_, escape: string) => {
    const code = /^[uUx](.+)$/.exec(escape)?.[1];
    return code === undefined ? (ESCAPES[escape] ?? escape) : String.fromCodePoint(Number.parseInt(code, 16));
  });
}
