import type { Random } from '@tsanos/promql/testing';

/** A metric and the values of its labels. */
export interface KnownMetric {
  readonly name: string;
  readonly labels: ReadonlyMap<string, readonly string[]>;
}

const RANGE_FUNCTIONS = [
  ...['rate', 'increase', 'delta', 'irate', 'idelta', 'changes', 'resets', 'deriv', 'avg_over_time', 'min_over_time'],
  ...['max_over_time', 'sum_over_time', 'count_over_time', 'stddev_over_time', 'stdvar_over_time', 'last_over_time'],
  ...['present_over_time', 'absent_over_time', 'ts_of_max_over_time', 'ts_of_min_over_time'],
  ...['ts_of_last_over_time'],
];
const VECTOR_FUNCTIONS = [
  ...[
    'abs',
    'ceil',
    'floor',
    'exp',
    'sqrt',
    'ln',
    'log2',
    'log10',
    'sgn',
    'sin',
    'cos',
    'tan',
    'atan',
    'sinh',
    'cosh',
    'tanh',
  ],
  ...[
    'deg',
    'rad',
    'timestamp',
    'minute',
    'hour',
    'day_of_week',
    'day_of_month',
    'day_of_year',
    'days_in_month',
    'month',
    'year',
  ],
  ...['absent', 'sort', 'sort_desc', 'round', 'asin', 'acos', 'asinh', 'acosh', 'atanh'],
  ...['histogram_count', 'histogram_sum', 'histogram_avg', 'histogram_stddev', 'histogram_stdvar'],
];
const AGGREGATIONS = ['sum', 'avg', 'count', 'min', 'max', 'group', 'stddev', 'stdvar'];
const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2'];
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
const DURATIONS = ['15s', '45s', '1m', '2m30s', '5m', '7m', '15m', '1h'];
const NUMBERS = ['0', '1', '2', '-1', '0.5', '3.7', '100', '1e3', 'NaN', 'Inf', '-Inf'];

/**
 * Writes random valid queries of what all Prometheus versions from 3.5 on compute in the same way. Not among them:
 * `mad_over_time` (3.14 answers NaN to any NaN) and `histogram_fraction` (an infinite bound over broken buckets).
 */
export class QueryGenerator {
  readonly #random: Random;
  readonly #metrics: readonly KnownMetric[];
  readonly #labels: readonly string[];

  constructor(random: Random, metrics: readonly KnownMetric[]) {
    this.#random = random;
    this.#metrics = metrics;
    this.#labels = [...new Set(metrics.flatMap(({ labels }) => [...labels.keys()]))].sort();
  }

  #pick<E>(list: readonly E[]): E {
    return this.#random.pick(list);
  }

  #chance(p: number): boolean {
    return this.#random.next() < p;
  }

  /** A query whose value is a vector or a scalar. */
  query(): string {
    return this.#chance(0.05) ? this.#scalar(2) : this.#vector(1 + this.#random.below(3));
  }

  #selector(): string {
    const metric = this.#pick(this.#metrics);
    const matchers: string[] = [];
    for (const [name, values] of metric.labels) {
      if (!this.#chance(0.3)) continue;
      const value = this.#pick(values);
      matchers.push(
        this.#pick([
          `${name}="${value}"`,
          `${name}!="${value}"`,
          `${name}=~"${value.slice(0, 1).replace(/\W/g, '.')}.*"`,
        ]),
      );
    }
    return matchers.length === 0 ? metric.name : `${metric.name}{${matchers.join(',')}}`;
  }

  #modifiers(): string {
    const offset = this.#chance(0.15) ? ` offset ${this.#pick(['1m', '-2m', '10m', '123ms'])}` : '';
    const at = this.#chance(0.08) ? ` @ ${this.#pick(['1700010000', '1700020000.5', 'start()', 'end()'])}` : '';
    return offset + at;
  }

  #range(depth: number): string {
    if (depth > 0 && this.#chance(0.3)) {
      const step = this.#pick(['', '15s', '30s', '1m', '2m']);
      return `(${this.#vector(depth - 1)})[${this.#pick(DURATIONS)}:${step}]${this.#modifiers()}`;
    }
    return `${this.#selector()}[${this.#pick(DURATIONS)}]${this.#modifiers()}`;
  }

  #grouping(): string {
    if (this.#chance(0.3)) return '';
    const labels = this.#labels.filter(() => this.#chance(0.25)).slice(0, 3);
    return ` ${this.#pick(['by', 'without'])} (${labels.join(', ')}) `;
  }

  #scalar(depth: number): string {
    if (depth <= 0 || this.#chance(0.5)) return this.#pick([...NUMBERS, 'time()', 'pi()']);
    if (this.#chance(0.4)) return `scalar(${this.#vector(depth - 1)})`;
    return `(${this.#scalar(depth - 1)} ${this.#pick(ARITHMETIC)} ${this.#scalar(depth - 1)})`;
  }

  #vector(depth: number): string {
    if (depth <= 0) return this.#selector() + this.#modifiers();
    switch (this.#random.below(9)) {
      case 0:
        return this.#selector() + this.#modifiers();
      case 1:
      case 2:
        return this.#rangeCall(depth);
      case 3:
      case 4:
        return this.#aggregation(depth);
      case 5:
        return this.#vectorCall(depth);
      case 6:
        return this.#withScalar(depth);
      default:
        return this.#join(depth);
    }
  }

  #rangeCall(depth: number): string {
    const range = this.#range(depth - 1);
    if (this.#chance(0.12)) return `quantile_over_time(${this.#pick(['0', '0.5', '0.9', '1', '1.5'])}, ${range})`;
    if (this.#chance(0.04))
      return `double_exponential_smoothing(${range}, ${this.#pick(['0.3', '0.9'])}, ${this.#pick(['0.1', '0.6'])})`;
    if (this.#chance(0.06)) return `predict_linear(${range}, ${this.#pick(['60', '3600', '-100'])})`;
    return `${this.#pick(RANGE_FUNCTIONS)}(${range})`;
  }

  #aggregation(depth: number): string {
    const inner = this.#vector(depth - 1);
    if (this.#chance(0.1)) return `quantile${this.#grouping()}(${this.#pick(['0.1', '0.5', '0.99'])}, ${inner})`;
    if (this.#chance(0.08)) return `count_values${this.#grouping()}("v", ${inner})`;
    if (this.#chance(0.12))
      return `${this.#pick(['topk', 'bottomk'])}${this.#grouping()}(${this.#pick(['1', '3', '2.7'])}, ${inner})`;
    if (this.#chance(0.15)) return this.#quantileOfBuckets();
    return `${this.#pick(AGGREGATIONS)}${this.#grouping()}(${inner})`;
  }

  #quantileOfBuckets(): string {
    const buckets = this.#metrics.filter(({ name }) => name.endsWith('_bucket'));
    if (buckets.length === 0) return this.#selector();
    const { name } = this.#pick(buckets);
    const inner = this.#pick([
      name,
      `rate(${name}[${this.#pick(DURATIONS)}])`,
      `sum by (le, job) (increase(${name}[5m]))`,
    ]);
    const phi = this.#pick(['0', '0.1', '0.5', '0.95', '1', '-1', '2']);
    return `histogram_quantile(${phi}, ${inner})`;
  }

  #vectorCall(depth: number): string {
    const inner = this.#vector(depth - 1);
    if (this.#chance(0.1)) return `clamp(${inner}, ${this.#pick(NUMBERS)}, ${this.#pick(NUMBERS)})`;
    if (this.#chance(0.05))
      return `${this.#pick(['clamp_min', 'clamp_max', 'round'])}(${inner}, ${this.#pick(NUMBERS)})`;
    if (this.#chance(0.04))
      return `${this.#pick(['sort_by_label', 'sort_by_label_desc'])}(${inner}, "${this.#pick(this.#labels)}")`;
    if (this.#chance(0.04)) return `histogram_quantile(${this.#pick(['0', '0.5', '0.9', '1'])}, ${inner})`;
    if (this.#chance(0.04)) return `vector(${this.#scalar(1)})`;
    if (this.#chance(0.1)) return `label_replace(${inner}, "x", "$1-y", "${this.#pick(this.#labels)}", "(.).*")`;
    if (this.#chance(0.1)) return `label_join(${inner}, "x", "/", "${this.#pick(this.#labels)}", "job")`;
    return `${this.#pick(VECTOR_FUNCTIONS)}(${inner})`;
  }

  #withScalar(depth: number): string {
    const operands = [this.#vector(depth - 1), this.#scalar(depth - 1)];
    if (this.#chance(0.3)) operands.reverse();
    const operator = this.#chance(0.6)
      ? this.#pick(ARITHMETIC)
      : `${this.#pick(COMPARISONS)}${this.#pick(['', ' bool'])}`;
    return `(${operands[0]} ${operator} ${operands[1]})`;
  }

  #join(depth: number): string {
    const left = this.#vector(depth - 1);
    const right = this.#chance(0.4) ? left : this.#vector(depth - 1);
    if (this.#chance(0.35)) {
      const on = this.#chance(0.5) ? ` on (${this.#pick(this.#labels)})` : '';
      return `(${left} ${this.#pick(['and', 'or', 'unless'])}${on} ${right})`;
    }
    const operator = this.#chance(0.7)
      ? this.#pick(ARITHMETIC)
      : `${this.#pick(COMPARISONS)}${this.#pick(['', ' bool'])}`;
    const labels = this.#labels.filter(() => this.#chance(0.2)).join(', ');
    const matching = this.#pick([
      '',
      '',
      ` on (${labels})`,
      ` ignoring (${labels})`,
      ` on (${labels}) group_left (${this.#pick(['', 'job', 'x', 'instance'])})`,
      ` ignoring (${labels}) group_left ()`,
      ` on (${labels}) group_right ()`,
    ]);
    return `(${left} ${operator}${matching} ${right})`;
  }
}
