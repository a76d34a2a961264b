import { TsanosError } from '@tsanos/bytes';
import protobuf from 'protobufjs';
import { toInt64 } from './int64.ts';
import { ZERO_TIME, type Partially } from './messages.ts';
import { schema } from './schema.ts';

/** Encodes and decodes one kind of cold message. int64 values are numbers; the extremes are ±2^63. */
export interface Codec<T> {
  readonly typeName: string;
  encode(message: Partially<T>): Uint8Array;
  /** Throws a TsanosError of kind corrupt. Byte fields are copies. */
  decode(bytes: Uint8Array): T;
}

/**
 * Sub-messages that Go's generated code holds by value, so that they are on the wire even when empty; a time among them that
 * is not known is Go's zero time.
 */
const ALWAYS: Readonly<Record<string, readonly string[]>> = {
  '.thanos.info.TSDBInfo': ['labels'],
  '.thanos.RuleGroup': ['last_evaluation'],
  '.thanos.RecordingRule': ['labels', 'last_evaluation'],
  '.thanos.Alert': ['labels', 'annotations', 'last_evaluation'],
  '.thanos.AlertInstance': ['labels', 'annotations'],
  '.thanos.ActiveTarget': ['discoveredLabels', 'labels', 'lastScrape'],
  '.thanos.DroppedTarget': ['discoveredLabels'],
  '.thanos.ExemplarData': ['seriesLabels'],
  '.thanos.Exemplar': ['labels'],
  '.thanos.TSDBStatisticsEntry': ['head_statistics'],
};

/** The codec of a message of `proto/`; nothing is parsed before its first use. */
export function codec<T>(typeName: string): Codec<T> {
  let type: protobuf.Type | undefined;
  const resolve = (): protobuf.Type => (type ??= schema().lookupType(typeName));
  return {
    typeName,
    encode(message) {
      const own = resolve();
      return own.encode(own.fromObject(prepared(own, message as Record<string, unknown>))).finish();
    },
    decode(bytes) {
      const own = resolve();
      let message: protobuf.Message;
      try {
        message = own.decode(bytes);
      } catch (error) {
        throw new TsanosError(
          'corrupt',
          'bad-message',
          `grpc: failed to unmarshal the received message: ${typeName}: ${(error as Error).message}`,
          { type: typeName },
          error,
        );
      }
      return own.toObject(message, { longs: Number, defaults: true, arrays: true, objects: true }) as T;
    },
  };
}

/** A copy that protobufjs encodes as Go would. */
function prepared(type: protobuf.Type, message: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    const value = message[field.name];
    if (value === undefined || value === null) {
      if (ALWAYS[type.fullName]?.includes(field.name) === true)
        out[field.name] = field.type.endsWith('Timestamp') ? ZERO_TIME : {};
      continue;
    }
    out[field.name] = preparedField(field.resolve(), value);
  }
  return out;
}

function preparedField(field: protobuf.Field, value: unknown): unknown {
  const one = (item: unknown): unknown => {
    if (field.resolvedType instanceof protobuf.Type)
      return prepared(field.resolvedType, item as Record<string, unknown>);
    return typeof item === 'number' && field.type === 'int64' ? toInt64(item) : item;
  };
  if (field.repeated) return (value as unknown[]).map(one);
  if (field.map) return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, one(item)]));
  return one(value);
}
