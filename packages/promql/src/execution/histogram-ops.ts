import { TsanosError } from '@tsanos/bytes';
import {
  INCOMPATIBLE_SCHEMAS,
  addHistograms,
  compactHistogram,
  compensated,
  detectReset,
  divHistogram,
  emptyHistogram,
  equalHistograms,
  hasOverflow,
  histogramToString,
  kahanAddHistogram,
  mapCompensated,
  mulHistogram,
  reduceResolution,
  settle,
  subHistograms,
  trimHistogram,
  usesCustomBuckets,
  type CompensatedHistogram,
  type CounterResetHint,
  type FloatHistogram,
  type HistogramSum,
} from '@tsanos/model';

export { detectReset };
export const compact: (h: FloatHistogram) => FloatHistogram = compactHistogram;
export const copyToSchema: (h: FloatHistogram, schema: number) => FloatHistogram = reduceResolution;
export const divide: (h: FloatHistogram, by: number) => FloatHistogram = divHistogram;
export const equal: (a: FloatHistogram, b: FloatHistogram) => boolean = equalHistograms;
export const isCustom: (h: FloatHistogram) => boolean = usesCustomBuckets;
export const multiply: (h: FloatHistogram, by: number) => FloatHistogram = mulHistogram;

/** A sum or difference and what there is to say about it. */
export interface Combined {
  readonly histogram: FloatHistogram;
  /** One side said reset, the other not_reset. */
  readonly collision: boolean;
  /** Custom bounds were not the same. */
  readonly reconciled: boolean;
}

/** a + b; undefined where exponential meets custom buckets. */
export function add(a: FloatHistogram, b: FloatHistogram): Combined | undefined {
  return combine(addHistograms, a, b);
}

/** a − b; undefined where exponential meets custom buckets. */
export function subtract(a: FloatHistogram, b: FloatHistogram): Combined | undefined {
  return combine(subHistograms, a, b);
}

function combine(
  operation: (a: FloatHistogram, b: FloatHistogram) => HistogramSum,
  a: FloatHistogram,
  b: FloatHistogram,
): Combined | undefined {
  if (isCustom(a) !== isCustom(b)) return undefined;
  const { histogram, counterResetCollision, boundsReconciled } = operation(a, b);
  return { histogram, collision: counterResetCollision, reconciled: boundsReconciled };
}

/** No observations, the layout of `h`: what a counter starts from. */
export function emptyLike(h: FloatHistogram): FloatHistogram {
  return emptyHistogram(h.schema, h.customValues);
}

/** The same histogram with another hint. */
export function withHint(h: FloatHistogram, counterResetHint: CounterResetHint): FloatHistogram {
  return h.counterResetHint === counterResetHint ? h : { ...h, counterResetHint };
}

/** Count and sum without buckets. */
export function statsOf(h: FloatHistogram, counterResetHint: CounterResetHint): FloatHistogram {
  const { schema, count, sum } = h;
  return { ...emptyHistogram(schema, undefined), count, sum, counterResetHint };
}

/** Keeps observations up to (`upper`) or from `limit` on. */
export function trim(h: FloatHistogram, limit: number, upper: boolean): FloatHistogram {
  return trimHistogram(h, limit, upper ? 'upper' : 'lower');
}

/** The text of a histogram in `count_values`. */
export function toText(h: FloatHistogram | undefined): string {
  return h === undefined ? '' : histogramToString(h);
}

/** The histogram at `fraction` between two; across a reset of a counter the earlier one counts as empty. */
export function interpolate(
  a: FloatHistogram,
  b: FloatHistogram,
  fraction: number,
  counter: boolean,
): Combined | undefined {
  if (isCustom(a) !== isCustom(b)) return undefined;
  if (counter && detectReset(b, a)) return { histogram: multiply(b, fraction), collision: false, reconciled: false };
  const difference = subtract(b, a);
  if (difference === undefined) return undefined;
  const sum = add(a, multiply(difference.histogram, fraction));
  if (sum === undefined) return undefined;
  return { histogram: sum.histogram, collision: false, reconciled: difference.reconciled || sum.reconciled };
}

/** A running sum or mean of histograms, in the order and with the compensation of Prometheus. */
export class HistogramFold {
  readonly #mean: boolean;
  #count = 0;
  #running: CompensatedHistogram | undefined;
  #incremental = false;
  #resets = false;
  #notResets = false;
  /** Some custom bounds were not the same. */
  reconciled = false;
  /** Exponential met custom buckets: there is no result. */
  failed = false;

  constructor(mean: boolean) {
    this.#mean = mean;
  }

  /** Adds one more; false when it cannot be mixed with those before. */
  add(h: FloatHistogram): boolean {
    if (this.failed) return true;
    if (h.counterResetHint === 'reset') this.#resets = true;
    else if (h.counterResetHint === 'not_reset') this.#notResets = true;
    this.#count++;
    if (this.#running === undefined) {
      this.#running = compensated(h);
      return true;
    }
    try {
      this.#running = this.#mean ? this.#addToMean(this.#running, h) : this.#plus(this.#running, h);
    } catch (error) {
      if (!(error instanceof TsanosError) || error.code !== INCOMPATIBLE_SCHEMAS) throw error;
      this.failed = true;
      return false;
    }
    return true;
  }

  #plus(to: CompensatedHistogram, h: FloatHistogram): CompensatedHistogram {
    const sum = kahanAddHistogram(to, h);
    if (sum.boundsReconciled) this.reconciled = true;
    return sum;
  }

  #addToMean(running: CompensatedHistogram, h: FloatHistogram): CompensatedHistogram {
    const n = this.#count;
    let mean = running;
    if (!this.#incremental) {
      const sum = this.#plus(running, h);
      if (!hasOverflow(sum.histogram)) return sum;
      this.#incremental = true;
      mean = mapCompensated(running, (x) => x / (n - 1));
    }
    const q = (n - 1) / n;
    return this.#plus(
      mapCompensated(mean, (x) => x * q),
      divide(h, n),
    );
  }

  /** The sum or mean so far, compacted; undefined when nothing was added or kinds do not mix. */
  result(): FloatHistogram | undefined {
    if (this.#running === undefined || this.failed) return undefined;
    const n = this.#count;
    const scaled = this.#mean && !this.#incremental ? mapCompensated(this.#running, (x) => x / n) : this.#running;
    return compact(settle(scaled));
  }

  /** Both resets and their absence were claimed. */
  get collision(): boolean {
    return this.#resets && this.#notResets;
  }
}

/** Folds a list; see `HistogramFold`. */
export function accumulate(
  list: readonly FloatHistogram[],
  mean: boolean,
): { histogram: FloatHistogram | undefined; collision: boolean; reconciled: boolean } {
  const fold = new HistogramFold(mean);
  for (const h of list) fold.add(h);
  return { histogram: fold.result(), collision: fold.collision, reconciled: fold.reconciled };
}
