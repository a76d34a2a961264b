const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of a `grpc-timeout` header (at most 8 digits and a unit); undefined when it is not one. */
export function parseGrpcTimeout(text: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * UNIT_MS[match[2]];
}

/** The header for a time left in ms, in the finest unit of at most 8 digits; never less than asked for. */
export function formatGrpcTimeout(ms: number): string {
  if (ms <= 0) return '1n';
  if (ms < 99_999) return `${Math.ceil(ms * 1000)}u`;
  if (ms < 99_999_999) return `${Math.ceil(ms)}m`;
  if (ms < 99_999_999_000) return `${Math.ceil(ms / 1000)}S`;
  return `${Math.min(99_999_999, Math.ceil(ms / 3_600_000))}H`;
}
