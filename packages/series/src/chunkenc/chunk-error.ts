import { TsanosError } from '@tsanos/bytes';
import { Encoding } from '../series-batch.ts';

const NAMES: Readonly<Record<number, string>> = {
  [Encoding.NONE]: 'none',
  [Encoding.XOR]: 'XOR',
  [Encoding.HISTOGRAM]: 'histogram',
  [Encoding.FLOAT_HISTOGRAM]: 'float histogram',
  [Encoding.XOR2]: 'XOR2',
  [Encoding.HISTOGRAM_ST]: 'histogram with start timestamps',
  [Encoding.FLOAT_HISTOGRAM_ST]: 'float histogram with start timestamps',
};

/** What people call a chunk encoding, for messages. */
export function encodingName(encoding: number): string {
  return NAMES[encoding] ?? `unknown (${encoding})`;
}

/** The bytes of a chunk contradict its format; `good` samples before that were decoded. */
export function corruptChunk(encoding: number, what: string, good: number, bytes: number): TsanosError {
  return new TsanosError(
    'corrupt',
    'corrupt-chunk',
    `decode ${encodingName(encoding)} chunk of ${bytes} bytes: ${what} after ${good} good samples; the block or the peer that sent it is damaged`,
    { encoding, good, bytes },
  );
}

/** An encoding that this version cannot decode. */
export function unsupportedEncoding(encoding: number): TsanosError {
  return new TsanosError(
    'unsupported',
    'unsupported-chunk-encoding',
    `decode chunk: encoding ${encodingName(encoding)} is not one of 1 (XOR) to 6 (float histogram with start timestamps); newer data than this version knows?`,
    { encoding },
  );
}
