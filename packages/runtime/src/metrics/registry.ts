import {
  TsanosError,
  type CounterCell,
  type GaugeCell,
  type HistogramCell,
  type Metric,
  type MetricsRegistry,
} from '@tsanos/bytes';
import { BucketCell, NumberCell, PagedSlots, type SlotAllocator, type Slots } from './cells.ts';
import { Family, slotsOf, type MetricSpec, type MetricType } from './family.ts';

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Told about each new child, so that a worker can announce its slots to main. */
export type ChildListener = (spec: MetricSpec, labelValues: readonly string[], part: Slots) => void;

/**
 * The metrics of one thread. Children are slots of Float64, kept by their users, so an increment is one addition. The
 * registry of main also adopts the slots of the workers, and sums all at scrape.
 */
export class Registry implements MetricsRegistry {
  readonly #families = new Map<string, Family>();
  readonly #allocator: SlotAllocator;
  readonly #onChild: ChildListener | undefined;
  readonly #beforeScrape: (() => void)[] = [];
  /** Children made by this thread, by family name and label values. */
  readonly #own = new Map<string, { part: Slots; labelValues: readonly string[]; cell: unknown }>();

  constructor(allocator: SlotAllocator = new PagedSlots(false), onChild?: ChildListener) {
    this.#allocator = allocator;
    this.#onChild = onChild;
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): Metric<CounterCell> {
    return this.#metric<CounterCell>('counter', name, help, labelNames, [], (part) => new NumberCell(part));
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): Metric<GaugeCell> {
    return this.#metric<GaugeCell>('gauge', name, help, labelNames, [], (part) => new NumberCell(part));
  }

  gaugeFunc(name: string, help: string, value: () => number): void {
    const cell = this.gauge(name, help).labels();
    this.#beforeScrape.push(() => cell.set(value()));
  }

  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly string[] = [],
  ): Metric<HistogramCell> {
    return this.#metric<HistogramCell>(
      'histogram',
      name,
      help,
      labelNames,
      buckets,
      (part) => new BucketCell(part, buckets),
    );
  }

  /** Runs `update` before each scrape, to set gauges or flush plain fields into counters. */
  onScrape(update: () => void): void {
    this.#beforeScrape.push(update);
  }

  /** Brings the gauges that are asked for up to date. */
  refresh(): void {
    for (const update of this.#beforeScrape) update();
  }

  /** Takes the slots of another thread into the sums. */
  adopt(spec: MetricSpec, labelValues: readonly string[], part: Slots): void {
    this.#family(spec).attach(labelValues, part);
  }

  /** Forgets slots of a thread that is gone: right for gauges; counters keep theirs, so that sums never fall. */
  disown(spec: MetricSpec, labelValues: readonly string[], part: Slots): void {
    this.#families.get(spec.name)?.detach(labelValues, part);
  }

  /** All metrics by name, up to date. */
  families(): Family[] {
    this.refresh();
    return [...this.#families.values()].sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
  }

  #family(spec: MetricSpec): Family {
    const known = this.#families.get(spec.name);
    if (known !== undefined) {
      known.check(spec);
      return known;
    }
    if (!NAME.test(spec.name))
      throw new TsanosError('internal', 'metric-name', `metric name ${JSON.stringify(spec.name)} is invalid`);
    const family = new Family(spec);
    this.#families.set(spec.name, family);
    return family;
  }

  #metric<C>(
    type: MetricType,
    name: string,
    help: string,
    labelNames: readonly string[],
    bounds: readonly number[],
    make: (part: Slots) => C,
  ): Metric<C> {
    const spec: MetricSpec = { name, help, type, labelNames, bounds };
    const family = this.#family(spec);
    const labels = (...values: string[]): C => {
      const key = `${name}\u0000${values.join('\u0000')}`;
      const known = this.#own.get(key);
      // The cell was made by this very method for a metric of the same name, hence of the same type.
      if (known !== undefined) return known.cell as C;
      if (values.length !== labelNames.length) {
        throw new TsanosError(
          'internal',
          'metric-labels',
          `metric ${name}: ${values.length} label values for [${labelNames.join()}]`,
        );
      }
      const part = this.#allocator.take(slotsOf(spec));
      const cell = make(part);
      this.#own.set(key, { part, labelValues: values, cell });
      family.attach(values, part);
      this.#onChild?.(spec, values, part);
      return cell;
    };
    // A metric without labels is there from the start, with value 0.
    if (labelNames.length === 0) labels();
    return { labels, reset: () => this.#reset(family, name) };
  }

  #reset(family: Family, name: string): void {
    for (const [key, { part, labelValues }] of this.#own) {
      if (!key.startsWith(`${name}\u0000`)) continue;
      if (this.#onChild === undefined) {
        family.detach(labelValues, part);
        this.#own.delete(key);
      } else {
        // Main has the slots already and cannot be told to forget them.
        part.slots.fill(0, part.at, part.at + slotsOf(family.spec));
      }
    }
  }
}
