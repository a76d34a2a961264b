import type { Option } from '../option.ts';
import { parseEitherDuration } from './durations.ts';
import { parseSize } from './sizes.ts';
import { TimeValue } from './time-value.ts';

export type ScalarValue = string | number | boolean | TimeValue;

/** A parsed value, or the text of the refusal as Thanos words it. */
export type ParsedValue = { readonly value: ScalarValue } | { readonly error: string };

const GO_NUMBER = /^[+-]?(?:(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?|0[xX][\da-fA-F]+|inf(?:inity)?|nan)$/i;

/** Reads one value of an option (not of a `bool` or `file-or-content`, which have no text of their own). */
export function parseValue(option: Option, text: string): ParsedValue {
  switch (option.type) {
    case 'int':
    case 'float': {
      const quoted = JSON.stringify(text);
      if (!GO_NUMBER.test(text)) return { error: `strconv.ParseFloat: parsing ${quoted}: invalid syntax` };
      const number = Number(text.replaceAll('_', '').replace(/^\+/, ''));
      if (option.type === 'float')
        return {
          value: Number.isNaN(number) && /inf/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : number,
        };
      if (!Number.isSafeInteger(Math.trunc(number)))
        return { error: `strconv.ParseFloat: parsing ${quoted}: value out of range` };
      return { value: Math.trunc(number) };
    }
    case 'duration': {
      const parsed = parseEitherDuration(text, option.grammar ?? 'prometheus');
      return 'error' in parsed ? parsed : { value: parsed.ms };
    }
    case 'bytes': {
      const parsed = parseSize(text);
      return 'error' in parsed ? parsed : { value: parsed.bytes };
    }
    case 'time': {
      const parsed = TimeValue.parse(text);
      return 'error' in parsed ? parsed : { value: parsed };
    }
    case 'enum':
      if (option.values?.includes(text) !== true) {
        return { error: `enum value must be one of ${(option.values ?? []).join(',')}, got '${text}'` };
      }
      return { value: text };
    case 'bool':
      return { value: text === 'true' };
    case 'string':
    case 'file-or-content':
      return { value: text };
  }
}
