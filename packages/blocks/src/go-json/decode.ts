import { jsonError, parseGoJson, type JsonNode } from './syntax-tree.ts';

/** How a Go type takes JSON: `read` gives the new value, or undefined to leave the old one. */
export interface GoType<T> {
  /** The type's name in errors. */
  readonly name: string;
  readonly zero: () => T;
  readonly read: (node: JsonNode, place: Place, old: T) => T | undefined;
}

/** Where a value stands, for errors; the first wrong type is kept and reported at the end, as Go does. */
export interface Place {
  readonly struct: string;
  readonly path: string;
  readonly errors: Error[];
}

/** Decodes a JSON text into a Go type; errors are of kind corrupt with Go's texts. */
export function decodeGoJson<T>(bytes: Uint8Array, type: GoType<T>, stream: boolean): T {
  const node = parseGoJson(bytes, stream);
  const errors: Error[] = [];
  const value = type.read(node, { struct: '', path: '', errors }, type.zero()) ?? type.zero();
  if (errors.length > 0) throw errors[0];
  return value;
}

function wrong(node: JsonNode, type: string, place: Place): undefined {
  const what = node.kind === 'number' && /^u?int/.test(type) ? `number ${node.text}` : node.kind;
  place.errors.push(
    jsonError(
      `json: cannot unmarshal ${what} into Go ${place.struct === '' ? 'value' : `struct field ${place.struct}.${place.path}`} of type ${type}`,
    ),
  );
  return undefined;
}

function scalar<T>(name: string, zero: T, read: (node: JsonNode) => T | undefined): GoType<T> {
  return {
    name,
    zero: () => zero,
    read: (node, place) => (node.kind === 'null' ? undefined : (read(node) ?? wrong(node, name, place))),
  };
}

export const goString = scalar('string', '', (node) => (node.kind === 'string' ? node.text : undefined));
export const goBool = scalar('bool', false, (node) => (node.kind === 'bool' ? node.value : undefined));
/** 64-bit integers as numbers: exact up to 2^53, both ends of the range as they are. */
export const goInt64 = scalar('int64', 0, (node) => integer(node, -(2n ** 63n), 2n ** 63n - 1n));
export const goInt = scalar('int', 0, (node) => integer(node, -(2n ** 63n), 2n ** 63n - 1n));
export const goUint64 = scalar('uint64', 0, (node) => integer(node, 0n, 2n ** 64n - 1n));

function integer(node: JsonNode, min: bigint, max: bigint): number | undefined {
  if (node.kind !== 'number' || !/^-?\d{1,20}$/.test(node.text)) return undefined;
  const value = BigInt(node.text);
  return value < min || value > max ? undefined : Number(value);
}

/** A type with UnmarshalText: its errors stop the decoding at once. */
export function goText<T>(name: string, zero: T, parse: (text: string) => T): GoType<T> {
  return scalar(name, zero, (node) => (node.kind === 'string' ? parse(node.text) : undefined));
}

export function goSlice<T>(item: GoType<T>): GoType<T[]> {
  const name = `[]${item.name}`;
  return {
    name,
    zero: () => [],
    read: (node, place) => {
      if (node.kind === 'null') return [];
      if (node.kind !== 'array') return wrong(node, name, place);
      return node.items.map((entry) => item.read(entry, place, item.zero()) ?? item.zero());
    },
  };
}

/** A map from strings; later keys win. Sorted by the caller. */
export function goMap<T>(value: GoType<T>): GoType<Map<string, T>> {
  const name = `map[string]${value.name}`;
  return {
    name,
    zero: () => new Map(),
    read: (node, place, old) => {
      if (node.kind === 'null') return new Map();
      if (node.kind !== 'object') return wrong(node, name, place);
      const map = new Map(old);
      for (const [key, entry] of node.entries) map.set(key, value.read(entry, place, value.zero()) ?? value.zero());
      return map;
    },
  };
}

/** `any`: plain JS values; numbers become doubles. Objects are Maps, so that no key is special. */
export const goAny: GoType<unknown> = { name: 'interface {}', zero: () => null, read: (node) => plain(node) };

function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return new Map(node.entries.map(([key, value]) => [key, plain(value)]));
    case 'array':
      return node.items.map(plain);
    case 'string':
      return node.text;
    case 'number':
      return Number(node.text);
    case 'bool':
      return node.value;
    case 'null':
      return null;
  }
}

/** A field: its JSON key, and the path shown in errors when it comes from an embedded struct. */
export interface GoField<T> {
  readonly type: GoType<T>;
  readonly embeddedIn?: string;
}

/** A struct by its fields' JSON keys. Keys match exactly, else in any case; unknown ones are ignored. */
export function goStruct<T extends object>(
  name: string,
  fields: { readonly [K in keyof T & string]: GoField<T[K]> },
  fullName = name,
): GoType<T> {
  const keys = Object.keys(fields) as (keyof T & string)[];
  const byKey = new Map<string, keyof T & string>();
  for (const key of keys) byKey.set(key.toLowerCase(), key);
  for (const key of keys) byKey.set(key, key);
  const zero = (): T => Object.fromEntries(keys.map((key) => [key, fields[key].type.zero()])) as T;
  return {
    name: fullName,
    zero,
    read: (node, place, old) => {
      if (node.kind === 'null') return undefined;
      if (node.kind !== 'object') return wrong(node, fullName, place);
      const value = { ...old };
      for (const [given, entry] of node.entries) {
        const key = byKey.get(given) ?? byKey.get(given.toLowerCase());
        if (key === undefined) continue;
        const { type, embeddedIn } = fields[key];
        const step = embeddedIn === undefined ? key : `${embeddedIn}.${key}`;
        const read = type.read(
          entry,
          { struct: name, path: place.path === '' ? step : `${place.path}.${step}`, errors: place.errors },
          value[key],
        );
        if (read !== undefined) value[key] = read;
      }
      return value;
    },
  };
}
