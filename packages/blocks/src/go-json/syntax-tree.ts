import { TsanosError } from '@tsanos/bytes';

/** A JSON value with numbers as written and all keys of an object in order, repeated ones too. */
export type JsonNode =
  | { readonly kind: 'object'; readonly entries: readonly (readonly [key: string, value: JsonNode])[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'null' };

/** Go gives up at 10,000; no file of ours nests so deep, and the stack is bounded here too. */
const MAX_DEPTH = 1000;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\r\n]*/y;
const HEX4 = /^[0-9a-fA-F]{4}$/;

/**
 * Reads JSON as Go's encoding/json does, with its error texts: operators compare logs, and what Go accepts is accepted.
 * `stream` reads the first value and ignores what follows, as a Decoder does; else the whole text is one value.
 */
export function parseGoJson(bytes: Uint8Array, stream: boolean): JsonNode {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').toWellFormed();
  return new Parser(text, stream).parse();
}

export function jsonError(message: string): TsanosError {
  return new TsanosError('corrupt', 'bad-json', message);
}

class Parser {
  readonly #text: string;
  readonly #stream: boolean;
  #at = 0;

  constructor(text: string, stream: boolean) {
    this.#text = text;
    this.#stream = stream;
  }

  parse(): JsonNode {
    this.#space();
    if (this.#stream && this.#at === this.#text.length) throw jsonError('EOF');
    const node = this.#value(1);
    if (this.#stream) return node;
    this.#space();
    if (this.#at < this.#text.length) throw this.#invalid('after top-level value');
    return node;
  }

  #value(depth: number): JsonNode {
    if (depth > MAX_DEPTH) throw jsonError('exceeded max depth');
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return { kind: 'string', text: this.#string() };
      case 't':
        return this.#literal('true', { kind: 'bool', value: true });
      case 'f':
        return this.#literal('false', { kind: 'bool', value: false });
      case 'n':
        return this.#literal('null', { kind: 'null' });
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonNode {
    const entries: (readonly [string, JsonNode])[] = [];
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return { kind: 'object', entries };
    }
    for (;;) {
      if (this.#text[this.#at] !== '"') throw this.#invalid('looking for beginning of object key string');
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') throw this.#invalid('after object key');
      this.#at++;
      this.#space();
      entries.push([key, this.#value(depth + 1)]);
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== '}') throw this.#invalid('after object key:value pair');
      this.#at++;
      if (next === '}') return { kind: 'object', entries };
      this.#space();
    }
  }

  #array(depth: number): JsonNode {
    const items: JsonNode[] = [];
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return { kind: 'array', items };
    }
    for (;;) {
      items.push(this.#value(depth + 1));
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== ']') throw this.#invalid('after array element');
      this.#at++;
      if (next === ']') return { kind: 'array', items };
      this.#space();
    }
  }

  #string(): string {
    let out = '';
    let from = ++this.#at;
    for (;;) {
      const char = this.#text.charCodeAt(this.#at);
      if (char === 0x22) {
        out += this.#text.slice(from, this.#at++);
        // Go turns half a surrogate pair into U+FFFD.
        return out.toWellFormed();
      }
      // NaN at the end compares false.
      if (!(char >= 0x20)) throw this.#invalid('in string literal');
      if (char !== 0x5c) {
        this.#at++;
        continue;
      }
      out += this.#text.slice(from, this.#at) + this.#escape();
      from = this.#at;
    }
  }

  #escape(): string {
    const code = this.#text[++this.#at];
    const plain = code === undefined ? -1 : '"\\/bfnrt'.indexOf(code);
    if (plain >= 0) {
      this.#at++;
      return '"\\/\b\f\n\r\t'[plain];
    }
    if (code !== 'u') throw this.#invalid('in string escape code');
    this.#at++;
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (!HEX4.test(digits)) {
      while (/^[0-9a-fA-F]/.test(this.#text.slice(this.#at, this.#at + 1))) this.#at++;
      throw this.#invalid('in \\u hexadecimal character escape');
    }
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #number(): JsonNode {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) {
      if (this.#text[this.#at] !== '-') throw this.#invalid('looking for beginning of value');
      this.#at++;
      throw this.#invalid('in numeric literal');
    }
    this.#at = NUMBER.lastIndex;
    const next = this.#text[this.#at];
    if (next === '.' && !/[.eE]/.test(match[0])) {
      this.#at++;
      throw this.#invalid('after decimal point in numeric literal');
    }
    if ((next === 'e' || next === 'E') && !/[eE]/.test(match[0])) {
      this.#at++;
      if (this.#text[this.#at] === '+' || this.#text[this.#at] === '-') this.#at++;
      throw this.#invalid('in exponent of numeric literal');
    }
    return { kind: 'number', text: match[0] };
  }

  #literal(word: string, node: JsonNode): JsonNode {
    for (let i = 1; i < word.length; i++) {
      this.#at++;
      if (this.#text[this.#at] !== word[i]) throw this.#invalid(`in literal ${word} (expecting '${word[i]}')`);
    }
    this.#at++;
    return node;
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #invalid(context: string): TsanosError {
    if (this.#at >= this.#text.length)
      return jsonError(this.#stream ? 'unexpected EOF' : 'unexpected end of JSON input');
    return jsonError(`invalid character ${quoted(this.#text, this.#at)} ${context}`);
  }
}

/** The byte at fault as Go quotes it; of a longer character that is its first byte. */
function quoted(text: string, at: number): string {
  const char = text[at];
  if (char === "'") return String.raw`'\''`;
  if (char === '"') return `'"'`;
  const byte = Buffer.from(String.fromCodePoint(text.codePointAt(at) ?? 0))[0];
  const shown = JSON.stringify(String.fromCharCode(byte)).slice(1, -1);
  if (byte < 0x20 || (byte >= 0x7f && byte < 0xa1) || byte === 0xad) {
    return shown.startsWith('\\') && !shown.startsWith('\\u')
      ? `'${shown}'`
      : byte < 0x80
        ? `'\\x${byte.toString(16).padStart(2, '0')}'`
        : `'\\u${byte.toString(16).padStart(4, '0')}'`;
  }
  return `'${shown}'`;
}
