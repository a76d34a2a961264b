import { TsanosError, type ErrorKind, type LogFields } from '@tsanos/bytes';
import type { MetricSpec } from '../metrics/family.ts';
import type { CancelSlot } from './cancel-slots.ts';
import type { MemoryLimits } from './budget.ts';

/** Parts of a stream that may be on their way or unread on main. */
export const STREAM_CREDITS = 4;

/** What a worker thread is started with. */
export interface WorkerStart {
  readonly engines: readonly string[];
  readonly index: number;
  readonly count: number;
  readonly memory: { readonly buffer: SharedArrayBuffer; readonly limits: MemoryLimits };
  readonly debug: boolean;
}

/** From main to a worker. */
export type ToWorker =
  | {
      readonly kind: 'run' | 'stream';
      readonly id: number;
      readonly handler: string;
      readonly request: unknown;
      readonly slot: CancelSlot;
    }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'credit'; readonly id: number }
  | { readonly kind: 'snapshot'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'cancel-page'; readonly page: SharedArrayBuffer }
  | { readonly kind: 'close' };

/** From a worker to main. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'part'; readonly id: number; readonly part: Uint8Array }
  | { readonly kind: 'end'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: WireError }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly msg: string;
      readonly fields: LogFields;
    }
  | {
      readonly kind: 'metric';
      readonly spec: MetricSpec;
      readonly labelValues: readonly string[];
      readonly page: SharedArrayBuffer;
      readonly at: number;
    };

/** An error as it crosses threads. */
export interface WireError {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  readonly stack: string;
}

/** What `error` tells the caller; one that is not ours is a fault of this program, of kind `internal`. */
export function asTsanosError(error: unknown): TsanosError {
  if (error instanceof TsanosError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TsanosError('internal', 'unexpected-error', message, {}, error);
}

export function toWire(error: unknown): WireError {
  const { kind, code, message, fields, stack, cause } = asTsanosError(error);
  const causeStack = cause instanceof Error && cause.stack !== undefined ? `\ncaused by: ${cause.stack}` : '';
  return { kind, code, message, fields, stack: `${stack ?? ''}${causeStack}` };
}

export function fromWire(wire: WireError): TsanosError {
  const error = new TsanosError(wire.kind, wire.code, wire.message, { ...wire.fields });
  error.stack = wire.stack;
  return error;
}
