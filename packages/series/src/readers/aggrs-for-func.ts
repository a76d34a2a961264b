import { Aggr } from '../series-batch.ts';

/** Functions whose downsampled input is the counter aggregate. */
const COUNTER_FUNCS: ReadonlySet<string> = new Set(['increase', 'rate', 'irate', 'resets', 'xincrease', 'xrate']);

/** Whether a function of the engine reads counters, so that resets matter where data is joined. */
export function isCounterFunc(func: string): boolean {
  return COUNTER_FUNCS.has(func);
}

/**
 * The aggregates of downsampled data to ask for when `func` stands directly above the selector ('' when none does), by
 * Thanos' rules. COUNT and SUM together mean their quotient, the average. A fresh array.
 */
export function aggrsForFunc(func: string): Aggr[] {
  if (func === 'min' || func.startsWith('min_')) return [Aggr.MIN];
  if (func === 'max' || func.startsWith('max_')) return [Aggr.MAX];
  if (func === 'count' || func.startsWith('count_')) return [Aggr.COUNT];
  if (func.startsWith('sum_')) return [Aggr.SUM];
  if (isCounterFunc(func)) return [Aggr.COUNTER];
  return [Aggr.COUNT, Aggr.SUM];
}
