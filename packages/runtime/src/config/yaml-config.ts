import { TsanosError } from '@tsanos/bytes';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { nearestName } from '../options/nearest.ts';

/**
 * Reads a YAML configuration and checks it by a schema. Errors name the source, the key, its line and column, and the valid key that
 * comes nearest to an unknown one. An empty text is an empty map. `<<` merges; the booleans of YAML 1.1 (`yes`, `on`) are
 * taken where the schema wants a boolean, as Go's decoder does.
 */
export function parseYamlConfig<S extends z.ZodType>(text: string, schema: S, source: string): z.output<S> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, uniqueKeys: true, prettyErrors: false });
  const first = document.errors[0];
  if (first !== undefined) {
    const { line, col } = lines.linePos(first.pos[0]);
    throw new TsanosError('bad-input', 'yaml-syntax', `${source}:${line}:${col}: ${first.message}`, {
      source,
      line,
      column: col,
    });
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw new TsanosError(
      'bad-input',
      'yaml-alias',
      `${source}: ${error instanceof Error ? error.message : String(error)}`,
      { source },
    );
  }
  let checked = schema.safeParse(value);
  if (!checked.success && loosenBooleans(value, checked.error)) checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const messages = checked.error.issues.flatMap((issue) => describe(issue, schema, document, lines, source));
  throw new TsanosError('bad-input', 'yaml-config', messages.join('; '), { source });
}

/** Turns texts such as `yes` into booleans where the schema complained about them; says whether it did. */
function loosenBooleans(value: unknown, error: z.ZodError): boolean {
  let changed = false;
  for (const issue of error.issues) {
    if (issue.code !== 'invalid_type' || issue.expected !== 'boolean') continue;
    const parent = at(value, issue.path.slice(0, -1));
    const key = issue.path.at(-1);
    if (typeof parent !== 'object' || parent === null || key === undefined) continue;
    const holder = parent as Record<PropertyKey, unknown>;
    const text = String(holder[key]).toLowerCase();
    if (['yes', 'on', 'y'].includes(text)) holder[key] = true;
    else if (['no', 'off', 'n'].includes(text)) holder[key] = false;
    else continue;
    changed = true;
  }
  return changed;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return here;
}

function describe(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  document: Document,
  lines: LineCounter,
  source: string,
): string[] {
  if (issue.code === 'unrecognized_keys') {
    const valid = keysAt(schema, issue.path);
    return issue.keys.map((key) => {
      const near = nearestName(key, valid);
      const hint =
        near === undefined ? (valid.length > 0 ? `; valid are: ${valid.join(', ')}` : '') : `; did you mean ${near}?`;
      return `${position(document, lines, source, [...issue.path, key], true)}: unknown key ${pathText([...issue.path, key])}${hint}`;
    });
  }
  const missing = issue.code === 'invalid_type' && at(document.toJS(), issue.path) === undefined;
  const where = position(document, lines, source, missing ? issue.path.slice(0, -1) : issue.path, false);
  const name = issue.path.length === 0 ? '' : `${pathText(issue.path)}: `;
  return [`${where}: ${name}${missing ? 'is missing' : issue.message}`];
}

function position(
  document: Document,
  lines: LineCounter,
  source: string,
  path: readonly PropertyKey[],
  key: boolean,
): string {
  const offset = offsetOf(document, path, key);
  if (offset === undefined) return source;
  const { line, col } = lines.linePos(offset);
  return `${source}:${line}:${col}`;
}

/** Where the node at `path` begins, or its key. */
function offsetOf(document: Document, path: readonly PropertyKey[], key: boolean): number | undefined {
  const keys = path.map((part) => (typeof part === 'symbol' ? part.toString() : part));
  if (key) {
    const parent: unknown = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true);
    const items = isNode(parent) && 'items' in parent ? (parent.items as readonly { key?: unknown }[]) : [];
    for (const item of items) {
      if (isNode(item.key) && String(item.key) === String(keys.at(-1))) return item.key.range?.[0];
    }
  }
  const node: unknown = keys.length === 0 ? document.contents : document.getIn(keys, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${String(part)}`;
  return text;
}

/** Valid keys of the object at `path` of a schema; none where that cannot be told. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let here: unknown = unwrap(schema);
  for (const part of path) {
    if (here instanceof z.ZodObject) here = unwrap((here.shape as Record<string, unknown>)[String(part)]);
    else if (here instanceof z.ZodArray) here = unwrap(here.element);
    else if (here instanceof z.ZodRecord) here = unwrap(here.valueType);
    else return [];
  }
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

function unwrap(schema: unknown): unknown {
  let here = schema;
  while (
    here instanceof z.ZodOptional ||
    here instanceof z.ZodDefault ||
    here instanceof z.ZodNullable ||
    here instanceof z.ZodPrefault ||
    here instanceof z.ZodPipe
  ) {
    here = here instanceof z.ZodPipe ? here.in : here.unwrap();
  }
  return here;
}
