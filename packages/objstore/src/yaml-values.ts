import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const TRUE = new Set(['true', 'True', 'TRUE', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'y', 'Y']);
const FALSE = new Set(['false', 'False', 'FALSE', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'n', 'N']);

/** A boolean as YAML 1.1 and so Go's configurations write it. */
export const yamlBool = z.string().transform((text, ctx) => {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  ctx.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is neither true nor false` });
  return z.NEVER;
});

/** An integer of at least `min`. */
export const yamlInt = (min: number) =>
  z.string().transform((text, ctx) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= min) return value;
    ctx.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is no integer of at least ${min}` });
    return z.NEVER;
  });

/** A duration as Prometheus' or Go's YAML has it (`1m30s`, `0s`), or integer nanoseconds; ms. */
export const goDuration = z.string().transform(parse);

function parse(text: string, ctx: z.RefinementCtx): number {
  if (/^\d+$/.test(text)) return Number(text) / 1e6;
  if (!/^(?:0|(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w))+)$/.test(text)) {
    ctx.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is no duration: write for example 30s or 1m30s` });
    return z.NEVER;
  }
  let ms = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)/g))
    ms += Number(digits) * UNIT_MS[unit];
  return ms;
}
