import { formatFloatExponent, formatFloatG, formatFloatPlain } from '@tsanos/model';
import { TemplateError } from './lexer.ts';

/** What templates compute with: texts, floats, ints (as bigint), booleans, maps, lists, nil. */
export type TemplateValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly TemplateValue[]
  | { readonly [key: string]: TemplateValue };

/** Go's `%v`. */
export function printValue(value: TemplateValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return formatFloatG(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'undefined':
      return '<no value>';
    default:
      if (value === null) return '<nil>';
      if (Array.isArray(value)) return `[${(value as readonly TemplateValue[]).map(printValue).join(' ')}]`;
      return `map[${Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([k, v]) => `${k}:${printValue(v)}`)
        .join(' ')}]`;
  }
}

const VERB = /%([-+# 0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g;

/** Go's Sprintf for the verbs and values that templates have. */
export function sprintf(format: string, args: readonly TemplateValue[]): string {
  let next = 0;
  const out = format.replace(
    VERB,
    (_, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (next >= args.length) return `%!${verb}(MISSING)`;
      const text = formatVerb(args[next++], verb, precision === undefined ? undefined : Number(precision), flags);
      return pad(text, Number(width ?? 0), flags);
    },
  );
  const extra = args.slice(next).map((arg) => `${typeName(arg)}=${printValue(arg)}`);
  return extra.length === 0 ? out : `${out}%!(EXTRA ${extra.join(', ')})`;
}

function pad(text: string, width: number, flags: string): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0')) return text.padStart(width);
  const sign = /^[+-]/.test(text) ? text[0] : '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}

function typeName(value: TemplateValue): string {
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'bigint') return 'int';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'map[string]string';
}

function formatVerb(value: TemplateValue, verb: string, precision: number | undefined, flags: string): string {
  const sign =
    flags.includes('+') && (typeof value === 'number' || typeof value === 'bigint') && Number(value) >= 0 ? '+' : '';
  switch (verb) {
    case 'v':
      return sign + printValue(value);
    case 's':
      if (typeof value === 'string')
        return precision === undefined ? value : Array.from(value).slice(0, precision).join('');
      break;
    case 'q':
      if (typeof value === 'string') return JSON.stringify(value);
      break;
    case 't':
      if (typeof value === 'boolean') return String(value);
      break;
    case 'd':
      if (typeof value === 'bigint') return sign + String(value);
      break;
    case 'x':
    case 'X':
      if (typeof value === 'bigint') return upper(value.toString(16), verb === 'X');
      if (typeof value === 'string') return upper(Buffer.from(value).toString('hex'), verb === 'X');
      break;
    default:
      if (typeof value === 'number') return sign + formatFloat(value, verb, precision);
  }
  return `%!${verb}(${typeName(value)}=${printValue(value)})`;
}

const upper = (text: string, big: boolean): string => (big ? text.toUpperCase() : text);

function formatFloat(value: number, verb: string, precision: number | undefined): string {
  if (!Number.isFinite(value)) return printValue(value);
  switch (verb) {
    case 'f':
    case 'F':
      return value.toFixed(precision ?? 6);
    case 'e':
    case 'E':
      return upper(goExponent(value.toExponential(precision ?? 6)), verb === 'E');
    case 'g':
    case 'G':
      return precision === undefined ? formatFloatG(value) : formatDigits(value, precision);
    default:
      throw new TemplateError(`%!${verb}(float64=${printValue(value)})`);
  }
}

const goExponent = (text: string): string =>
  text.replace(/e([+-])(\d)$/, (_, sign: string, digit: string) => `e${sign}0${digit}`);

/** Go's `%.Ng`: N significant digits, no zeros behind. */
export function formatDigits(value: number, digits: number): string {
  if (!Number.isFinite(value)) return printValue(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const rounded = Number(value.toPrecision(Math.max(1, digits)));
  const exponent = Number(rounded.toExponential().split('e')[1]);
  return exponent < -4 || exponent >= Math.max(1, digits) ? formatFloatExponent(rounded) : formatFloatPlain(rounded);
}
