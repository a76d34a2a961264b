import { fraction, mix } from './random.ts';
import type { Life } from './catalog.ts';

const HOUR_MS = 3_600_000;

/** How a Prometheus replica scrapes. */
export interface Scraper {
  readonly seed: number;
  readonly replica: number;
  readonly intervalMs: number;
  /** Part of the hours in which the replica is down for some minutes. */
  readonly gaps: number;
}

/** Times at which a replica scraped a target, and at which of them the target did not answer. */
export interface Scrapes {
  readonly t: Float64Array;
  readonly failed: Uint8Array;
  n: number;
}

/** Room for the scrapes of `spanMs`. */
export function scrapesFor(spanMs: number, intervalMs: number): Scrapes {
  const most = Math.ceil(spanMs / intervalMs) + 2;
  return { t: new Float64Array(most), failed: new Uint8Array(most), n: 0 };
}

/**
 * Fills in the scrapes of a life in `[fromMs, toMs)`: each target at its own place in the interval, replicas apart from each other, some ms late at times;
 * none while the replica is down; some of a few minutes in which the target fails.
 */
export function scrape(scraper: Scraper, life: Life, fromMs: number, toMs: number, out: Scrapes): void {
  const { seed, replica, intervalMs, gaps } = scraper;
  const from = Math.max(fromMs, life.startMs);
  const to = Math.min(toMs, life.endMs);
  const shift = Math.floor(((life.target.offset + replica * 0.37) % 1) * intervalMs);
  const own = mix(seed, life.target.seed, replica);
  out.n = 0;
  let hour = -1;
  let down: Outage | undefined;
  let failing: Outage | undefined;
  for (let k = Math.floor((from - shift) / intervalMs); ; k++) {
    const late = fraction(own, k) < 0.2 ? Math.floor(fraction(own, k, 1) * 12) : 0;
    const t = k * intervalMs + shift + late;
    if (t >= to) return;
    if (t < from) continue;
    const thisHour = Math.floor(t / HOUR_MS);
    if (thisHour !== hour) {
      hour = thisHour;
      down = outage(thisHour, gaps, mix(seed, 71, replica));
      // The target fails for both replicas alike, and seldom.
      failing = outage(thisHour, gaps / 20, mix(life.target.seed, 72));
    }
    if (within(down, t)) continue;
    out.t[out.n] = t;
    out.failed[out.n++] = within(failing, t) ? 1 : 0;
  }
}

interface Outage {
  readonly from: number;
  readonly to: number;
}

function outage(hour: number, probability: number, seed: number): Outage | undefined {
  if (fraction(seed, hour) >= probability) return undefined;
  const length = 120_000 + 480_000 * fraction(seed, hour, 1);
  const from = hour * HOUR_MS + fraction(seed, hour, 2) * (HOUR_MS - length);
  return { from, to: from + length };
}

function within(outage: Outage | undefined, t: number): boolean {
  return outage !== undefined && t >= outage.from && t < outage.to;
}
