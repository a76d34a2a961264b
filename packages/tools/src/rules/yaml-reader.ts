import { TsanosError } from '@tsanos/bytes';
import { LineCounter, type Node, type YAMLMap, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';

/** A YAML text that is read strictly: each problem is noted with its line, in Go's words, and reported together. */
export class YamlReader {
  readonly root: Node | null;
  readonly #lines = new LineCounter();
  readonly #problems: string[] = [];

  /** Reads the first document. Throws a bad-input error when the text is no YAML. */
  constructor(text: string) {
    const documents = parseAllDocuments(text, {
      lineCounter: this.#lines,
      merge: true,
      uniqueKeys: true,
      prettyErrors: false,
    });
    const document = 'length' in documents ? documents[0] : undefined;
    const error = document?.errors[0];
    if (error !== undefined) {
      const { line } = this.#lines.linePos(error.pos[0]);
      throw new TsanosError('bad-input', 'yaml-syntax', `yaml: line ${line}: ${error.message}`);
    }
    this.root = document?.contents ?? null;
  }

  /** Throws what was noted so far. */
  finish(): void {
    if (this.#problems.length === 0) return;
    throw new TsanosError('bad-input', 'yaml-fields', `yaml: unmarshal errors:\n  ${this.#problems.join('\n  ')}`);
  }

  /** Line of a node, from 1. */
  lineOf(node: Node | null | undefined): number {
    return this.#lines.linePos(node?.range?.[0] ?? 0).line;
  }

  problem(node: Node | null | undefined, text: string): void {
    this.#problems.push(`line ${this.lineOf(node)}: ${text}`);
  }

  /** The values of a map by key; keys that `known` lacks are problems that name `type`. */
  fields(node: Node | null | undefined, known: ReadonlySet<string>, type: string): ReadonlyMap<string, Node> {
    const out = new Map<string, Node>();
    if (!this.#isMap(node, type)) return out;
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (!known.has(name)) this.problem(key as Node, `field ${name} not found in type ${type}`);
      else if (value !== null) out.set(name, value as Node);
    }
    return out;
  }

  #isMap(node: Node | null | undefined, type: string): node is YAMLMap {
    if (isMap(node)) return true;
    if (node !== null && node !== undefined && !isNull(node))
      this.problem(node, `cannot unmarshal ${kindOf(node)} into ${type}`);
    return false;
  }

  /** The elements of a sequence; nothing when absent. */
  list(node: Node | undefined, type: string): Node[] {
    if (node === undefined || isNull(node)) return [];
    if (isSeq(node)) return node.items.filter((item): item is Node => item !== null);
    this.problem(node, `cannot unmarshal ${kindOf(node)} into []${type}`);
    return [];
  }

  /** The text of a scalar, also of one that looks like a number; '' when absent. */
  text(node: Node | undefined, type = 'string'): string {
    if (node === undefined || isNull(node)) return '';
    if (isScalar(node)) return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    this.problem(node, `cannot unmarshal ${kindOf(node)} into ${type}`);
    return '';
  }

  /** A map of texts. */
  texts(node: Node | undefined): Record<string, string> {
    const out: Record<string, string> = {};
    if (node === undefined || !this.#isMap(node, 'map[string]string')) return out;
    for (const { key, value } of node.items)
      out[isScalar(key) ? String(key.value) : ''] = this.text((value as Node | null) ?? undefined);
    return out;
  }
}

const isNull = (node: Node): boolean => isScalar(node) && node.value === null;
const kindOf = (node: Node): string => (isMap(node) ? '!!map' : isSeq(node) ? '!!seq' : '!!str');
