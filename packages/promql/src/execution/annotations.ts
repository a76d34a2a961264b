import { formatFloatG } from '@tsanos/model';
import { lineColumn } from '../parser/position.ts';
import type { PositionRange } from '../parser/ast.ts';

/** How many warnings and infos an answer shows. */
const SHOWN = 10;

/** What was done to classic buckets to make them monotonic: between which bounds, by how much at most, how often, when. */
export interface MonotonicFix {
  low: number;
  high: number;
  difference: number;
  /** As Prometheus counts, see `mergedCount`. */
  count: bigint;
  firstMs: number;
  lastMs: number;
}

/**
 * How often Prometheus says that something happened at the steps of one call, given how often it did at each step where it
 * did: it adds what it has to itself when it merges the steps.
 */
export function mergedCount(perStep: Iterable<number>): bigint {
  let count: bigint | undefined;
  for (const n of perStep) {
    if (n > 0) count = count === undefined ? BigInt(n) : BigInt.asIntN(64, 2n * (count + BigInt(n)));
  }
  return count ?? 0n;
}

/** Whether what was said at `next` is said after what was said at `known`: inner and left expressions are evaluated first. */
function isLater(next: PositionRange, known: PositionRange | undefined): boolean {
  // What has no position of its own keeps the order in which it comes.
  if (known === undefined || next.end === 0 || known.end === 0) return true;
  return next.end > known.end || (next.end === known.end && next.start <= known.start);
}

/**
 * Warnings and infos of a query, each text once; of equal texts at several places the last place is shown. Texts are
 * without the prefix `PromQL warning: ` and without position.
 */
export class Annotations {
  readonly #text: string;
  readonly #warnings = new Map<string, PositionRange>();
  readonly #infos = new Map<string, PositionRange>();
  readonly #counted = new Map<string, { pos: PositionRange; count: number }>();
  readonly #monotonicity = new Map<string, MonotonicFix & { pos: PositionRange }>();

  /** `queryText` is what positions refer to. */
  constructor(queryText: string) {
    this.#text = queryText;
  }

  warn(text: string, pos: PositionRange): void {
    if (isLater(pos, this.#warnings.get(text))) this.#warnings.set(text, pos);
  }

  info(text: string, pos: PositionRange): void {
    if (isLater(pos, this.#infos.get(text))) this.#infos.set(text, pos);
  }

  /** A warning that says how often it happened, when more than once. */
  warnCounted(text: string, pos: PositionRange): void {
    const known = this.#counted.get(text);
    if (known === undefined) this.#counted.set(text, { pos, count: 1 });
    else {
      known.pos = pos;
      known.count++;
    }
  }

  /** Classic buckets that had to be made monotonic; `name` is the part ` for metric name "x"` or ''. */
  forcedMonotonic(name: string, fix: MonotonicFix, pos: PositionRange): void {
    const known = this.#monotonicity.get(name);
    if (known === undefined) {
      this.#monotonicity.set(name, { ...fix, pos });
      return;
    }
    known.low = Math.min(known.low, fix.low);
    known.high = Math.max(known.high, fix.high);
    known.difference = Math.max(known.difference, fix.difference);
    known.count = BigInt.asIntN(64, known.count + fix.count);
    known.firstMs = Math.min(known.firstMs, fix.firstMs);
    known.lastMs = Math.max(known.lastMs, fix.lastMs);
    known.pos = pos;
  }

  /** As the API shows them: prefix, position, ten at most and how many were left out. */
  warnings(): string[] {
    const all = [...this.#warnings].map(([text, pos]) => this.#render('warning', text, pos));
    for (const [text, { pos, count }] of this.#counted) {
      all.push(this.#render('warning', count > 1 ? `${text} (${count} occurrences)` : text, pos));
    }
    return shorten(all, 'warning');
  }

  /** See `warnings`. */
  infos(): string[] {
    const all = [...this.#infos].map(([text, pos]) => this.#render('info', text, pos));
    for (const [name, entry] of this.#monotonicity)
      all.push(this.#render('info', monotonicityText(name, entry), entry.pos));
    return shorten(all, 'info');
  }

  #render(kind: 'warning' | 'info', text: string, pos: PositionRange): string {
    return `PromQL ${kind}: ${text} (${lineColumn(this.#text, pos.start)})`;
  }
}

function shorten(all: string[], kind: 'warning' | 'info'): string[] {
  if (all.length <= SHOWN) return all;
  return [...all.slice(0, SHOWN), `${all.length - SHOWN} more ${kind} annotations omitted`];
}

const FIX =
  'input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)';

function monotonicityText(name: string, { low, high, difference, count, firstMs, lastMs }: MonotonicFix): string {
  const bounds = `from buckets ${formatFloatG(low)} to ${formatFloatG(high)}`;
  return `${FIX}${name}, ${bounds}, with a max diff of ${twoDigits(difference)}, over ${count} samples from ${rfc3339(firstMs)} to ${rfc3339(lastMs)}`;
}

/** Go's `%.2g`. */
function twoDigits(value: number): string {
  if (value === 0) return '0';
  const [mantissa, exponentText] = value.toExponential(1).split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 2) {
    const digits = mantissa.replace(/\.0$/, '');
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return String(Number(value.toPrecision(2)));
}

/** Go's RFC3339 in UTC, whole seconds. */
function rfc3339(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
