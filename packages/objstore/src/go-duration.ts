import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A duration as Prometheus' or Go's YAML has it (`1m30s`, `0s`), or integer nanoseconds; ms. */
export const goDuration = z.union([z.number().transform((ns) => ns / 1e6), z.string().transform(parse)]);

function parse(text: string, ctx: z.RefinementCtx): number {
  if (!/^(?:0|(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w))+)$/.test(text)) {
    ctx.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is no duration: write for example 30s or 1m30s` });
    return z.NEVER;
  }
  let ms = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)/g)) ms += Number(digits) * UNIT_MS[unit];
  return ms;
}
