import { fraction } from './random.ts';

const DAY_S = 86_400;
const WOBBLE_S = 600;
const TAU = 2 * Math.PI;

/**
 * How a value runs over time. All are functions of the time alone, so that two replicas that look at different moments see the same
 * thing. `share` scales a counter that others are parts of, as buckets of a histogram are.
 */
export type Signal =
  | {
      readonly kind: 'counter';
      readonly perSecond: number;
      readonly phase: number;
      readonly share: number;
      readonly whole: boolean;
    }
  | {
      readonly kind: 'gauge';
      readonly base: number;
      readonly swing: number;
      readonly noise: number;
      readonly unit: number;
      readonly seed: number;
    }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'start-time' };

/**
 * Events a counter has seen `seconds` after it began: a daily and a ten-minute rhythm around the mean rate, never falling. `phase` in
 * radians, at the moment it began.
 */
export function eventsAfter(seconds: number, perSecond: number, phase: number): number {
  const daily = ((0.5 * DAY_S) / TAU) * (Math.cos(phase) - Math.cos((TAU * seconds) / DAY_S + phase));
  const wobble = ((0.3 * WOBBLE_S) / TAU) * (Math.cos(3 * phase) - Math.cos((TAU * seconds) / WOBBLE_S + 3 * phase));
  return perSecond * (seconds + daily + wobble);
}

/** Writes the values of a signal at times `t[from..to)` (ms) to `v`; what is counted was 0 at `startMs`. */
export function fillSignal(
  signal: Signal,
  startMs: number,
  t: Float64Array,
  v: Float64Array,
  from: number,
  to: number,
): void {
  switch (signal.kind) {
    case 'counter':
      for (let i = from; i < to; i++) {
        const events = eventsAfter((t[i] - startMs) / 1000, signal.perSecond, signal.phase) * signal.share;
        v[i] = signal.whole ? Math.floor(events) : Math.round(events * 1000) / 1000;
      }
      return;
    case 'gauge':
      for (let i = from; i < to; i++) {
        const seconds = t[i] / 1000;
        const noise = fraction(signal.seed, seconds) - 0.5;
        const value =
          signal.base + signal.swing * Math.sin((TAU * seconds) / DAY_S + signal.seed) + signal.noise * noise;
        v[i] = Math.round(value / signal.unit) * signal.unit;
      }
      return;
    case 'constant':
      v.fill(signal.value, from, to);
      return;
    case 'start-time':
      v.fill(startMs / 1000, from, to);
  }
}
