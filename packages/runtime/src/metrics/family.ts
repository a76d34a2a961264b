import { TsanosError } from '@tsanos/bytes';
import type { Slots } from './cells.ts';

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** What a metric is, apart from its values. */
export interface MetricSpec {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labelNames: readonly string[];
  /** Upper bounds of a histogram, ascending, without +Inf. */
  readonly bounds: readonly number[];
}

/** Slots a child of this metric needs. */
export function slotsOf(spec: MetricSpec): number {
  return spec.type === 'histogram' ? spec.bounds.length + 2 : 1;
}

/** One combination of label values, with the values that each thread keeps for it. */
interface Child {
  readonly labelValues: readonly string[];
  readonly parts: Slots[];
}

/** A metric with its children. */
export class Family {
  readonly spec: MetricSpec;
  readonly #children = new Map<string, Child>();

  constructor(spec: MetricSpec) {
    this.spec = spec;
  }

  /** Throws when `spec` differs in type or labels: two callers would overwrite each other. */
  check(spec: MetricSpec): void {
    if (spec.type !== this.spec.type || spec.labelNames.join() !== this.spec.labelNames.join()) {
      throw new TsanosError(
        'internal',
        'metric-redefined',
        `metric ${spec.name}: registered as ${this.spec.type} with labels [${this.spec.labelNames.join()}], now asked for as ${spec.type} with [${spec.labelNames.join()}]`,
      );
    }
  }

  /** Adds the values that a thread keeps under these label values. */
  attach(labelValues: readonly string[], part: Slots): void {
    const key = labelValues.join('\u0000');
    const child = this.#children.get(key);
    if (child === undefined) this.#children.set(key, { labelValues, parts: [part] });
    else child.parts.push(part);
  }

  /** Forgets the values of `part`. */
  detach(labelValues: readonly string[], part: Slots): void {
    const key = labelValues.join('\u0000');
    const child = this.#children.get(key);
    if (child === undefined) return;
    const index = child.parts.indexOf(part);
    if (index >= 0) child.parts.splice(index, 1);
    if (child.parts.length === 0) this.#children.delete(key);
  }

  /** Sums over threads, one row a child, in the order of first use. `values` has as many numbers as `slotsOf` says. */
  *rows(): Iterable<{ labelValues: readonly string[]; values: Float64Array }> {
    const width = slotsOf(this.spec);
    for (const child of this.#children.values()) {
      const values = new Float64Array(width);
      for (const { slots, at } of child.parts) {
        for (let i = 0; i < width; i++) values[i]! += slots[at + i]!;
      }
      yield { labelValues: child.labelValues, values };
    }
  }
}
