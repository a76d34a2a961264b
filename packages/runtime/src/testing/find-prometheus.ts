import { findPrometheus as find } from '../../../../scripts/prometheus.mjs';

/** Paths of a real Prometheus and its promtool, with the version it says. */
export interface RealPrometheus {
  readonly prometheus: string;
  readonly promtool: string;
  readonly version: string;
}

let found: RealPrometheus | undefined;
let looked = false;

/**
 * The real Prometheus to test against: on PATH, else what `npm test` unpacked. Undefined, and a warning, when there is none:
 * skip what needs it. With CI=true its absence is an error.
 */
export function findPrometheus(): RealPrometheus | undefined {
  if (!looked) {
    looked = true;
    found = find();
    if (found === undefined) {
      const message = 'no real Prometheus: neither on PATH nor unpacked by scripts/prometheus.mjs';
      if (process.env['CI'] === 'true') throw new Error(message);
      console.warn(`${message}; tests that need it are skipped`);
    }
  }
  return found;
}
