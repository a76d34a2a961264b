/** A piece of text, or the inside of `{{…}}` in tokens. */
export type Piece = { readonly text: string } | { readonly tokens: readonly Token[]; readonly line: number };

export interface Token {
  readonly kind: 'word' | 'field' | 'variable' | 'string' | 'char' | 'number' | 'symbol';
  readonly text: string;
  /** A space stands before it. */
  readonly spaced: boolean;
}

/** A template that cannot be read, in Go's words. */
export class TemplateError extends Error {}

const TOKEN =
  /(?<field>\.[\p{L}_][\p{L}\p{N}_]*)|(?<variable>\$[\p{L}\p{N}_]*)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?<char>'(?:[^'\\\n]|\\.)+')|(?<number>[+-]?(?:0[xX][0-9a-fA-F_]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?))|(?<symbol>:=|[.=|,()])/uy;

/** Splits a template; `{{-` and `-}}` trim the text beside them, comments vanish. */
export function splitTemplate(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trim = false;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    let text = open < 0 ? source.slice(at) : source.slice(at, open);
    if (trim) text = text.trimStart();
    trim = false;
    if (open < 0) {
      pieces.push({ text });
      return pieces;
    }
    let inside = open + 2;
    if (/^-\s/.test(source.slice(inside, inside + 2))) {
      inside += 2;
      text = text.trimEnd();
    }
    if (text !== '') pieces.push({ text });
    const line = source.slice(0, open).split('\n').length;
    const { tokens, end, trims } = readAction(source, inside, line);
    if (tokens.length > 0) pieces.push({ tokens, line });
    at = end;
    trim = trims;
  }
  return pieces;
}

function fail(line: number, message: string): never {
  throw new TemplateError(`template: __alert_:${line}: ${message}`);
}

interface Action {
  readonly tokens: Token[];
  readonly end: number;
  readonly trims: boolean;
}

function readAction(source: string, start: number, line: number): Action {
  const comment = /^\s*\/\*[\s\S]*?\*\/(\s-)?\}\}/.exec(source.slice(start));
  if (comment !== null) return { tokens: [], end: start + comment[0].length, trims: comment[1] !== undefined };
  const tokens: Token[] = [];
  let at = start;
  for (;;) {
    const space = /^\s*/.exec(source.slice(at, at + 1000))?.[0].length ?? 0;
    at += space;
    if (source.startsWith('}}', at)) return { tokens, end: at + 2, trims: false };
    if (space > 0 && source.startsWith('-}}', at)) return { tokens, end: at + 3, trims: true };
    if (at >= source.length) fail(line, 'unclosed action');
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (match?.groups === undefined) {
      const bad = String.fromCodePoint(source.codePointAt(at) ?? 0);
      fail(line, bad === '"' ? 'unterminated quoted string' : `unexpected ${JSON.stringify(bad)} in operand`);
    }
    const kind = Object.keys(match.groups).find((name) => match.groups?.[name] !== undefined) as Token['kind'];
    tokens.push({ kind, text: match[0], spaced: space > 0 || at === start });
    at += match[0].length;
  }
}
