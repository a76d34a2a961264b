import { formatFloatG } from '@tsanos/model';
import { lineColumn } from '../parser/position.ts';
import type { PositionRange } from '../parser/ast.ts';

/** How many warnings and infos an answer shows. */
const SHOWN = 10;

interface Monotonicity {
  low: number;
  high: number;
  difference: number;
  count: number;
  firstMs: number;
  lastMs: number;
  pos: PositionRange;
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
  readonly #monotonicity = new Map<string, Monotonicity>();

  /** `queryText` is what positions refer to. */
  constructor(queryText: string) {
    this.#text = queryText;
  }

  warn(text: string, pos: PositionRange): void {
    this.#warnings.set(text, pos);
  }

  info(text: string, pos: PositionRange): void {
    this.#infos.set(text, pos);
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
  forcedMonotonic(name: string, timeMs: number, low: number, high: number, difference: number, pos: PositionRange): void {
    const known = this.#monotonicity.get(name);
    if (known === undefined) {
      this.#monotonicity.set(name, { low, high, difference, count: 1, firstMs: timeMs, lastMs: timeMs, pos });
      return;
    }
    known.low = Math.min(known.low, low);
    known.high = Math.max(known.high, high);
    known.difference = Math.max(known.difference, difference);
    known.count++;
    known.firstMs = Math.min(known.firstMs, timeMs);
    known.lastMs = Math.max(known.lastMs, timeMs);
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
    for (const [name, entry] of this.#monotonicity) all.push(this.#render('info', monotonicityText(name, entry), entry.pos));
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

function monotonicityText(name: string, { low, high, difference, count, firstMs, lastMs }: Monotonicity): string {
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
