import { setImmediate as nextTurn } from 'node:timers/promises';
import { TsanosError } from '@tsanos/bytes';
import type { CallContext } from '@tsanos/series';
import type { Queryable, SelectRequest } from '../queryable.ts';
import type { Frame, PlanNode, QueryPlan } from '../plan/nodes.ts';
import { selectorsOf } from '../plan/rewrite.ts';
import { PlanAnalysis } from './analysis.ts';
import { Annotations } from './annotations.ts';
import type { Rows } from './row-batch.ts';
import { SelectionSource } from './selection-source.ts';
import type { QueryStats } from './stats.ts';

/** Longest time in ms that the thread is held between two turns of its event loop. */
const SLICE_MS = 4;

/** Samples looked at between two checks where there can be no pause: a few ms. */
const CHECK_SAMPLES = 50_000;

/** Which of Prometheus' features change what is computed (those of the grammar are the parser's). */
export interface ExecutionFeatures {
  /** `promql-delayed-name-removal`. */
  readonly delayedNameRemoval: boolean;
  /** `type-and-unit-labels`: the counter check looks at `__type__`. */
  readonly typeAndUnitLabels: boolean;
  /** `use-start-timestamps`. */
  readonly startTimestamps: boolean;
}

export interface QuerySettings {
  readonly features: ExecutionFeatures;
  /** Samples held at a time; 0 = no limit. */
  readonly maxSamples: number;
  /** `performance.now()` at which the query times out; Infinity = never. */
  readonly deadline: number;
  /** Measures the operators. */
  readonly analyze: boolean;
  /** False for an instant query, whose vector keeps its order. */
  readonly isRange: boolean;
}

/** How operators evaluate their arguments; handed in, so that they need not know one another. */
export interface Evaluator {
  rows(query: Query, node: PlanNode, frame: Frame): Rows;
  scalar(query: Query, node: PlanNode, frame: Frame): Promise<Float64Array>;
}

/** Everything that the operators of one running query share. */
export class Query {
  readonly plan: QueryPlan;
  readonly settings: QuerySettings;
  readonly ctx: CallContext;
  readonly queryable: Queryable;
  readonly annotations: Annotations;
  readonly stats: QueryStats;
  /** Measures every operator, where asked for. */
  readonly analysis: PlanAnalysis | undefined;
  readonly #sources: SelectionSource[];
  readonly #evaluator: Evaluator;
  #sliceEnd = performance.now() + SLICE_MS;
  #held = 0;
  #looked = 0;

  constructor(
    plan: QueryPlan,
    settings: QuerySettings,
    queryable: Queryable,
    ctx: CallContext,
    stats: QueryStats,
    evaluator: Evaluator,
  ) {
    this.plan = plan;
    this.settings = settings;
    this.ctx = ctx;
    this.queryable = queryable;
    this.stats = stats;
    this.analysis = settings.analyze ? new PlanAnalysis() : undefined;
    this.annotations = new Annotations(plan.text);
    this.#evaluator = evaluator;
    const consumers = new Uint32Array(plan.selections.length);
    for (const { selection } of selectorsOf(plan.root)) consumers[selection]++;
    this.#sources = plan.selections.map((request, i) => new SelectionSource(queryable, request, ctx, consumers[i]));
  }

  get delayed(): boolean {
    return this.settings.features.delayedNameRemoval;
  }

  /** The rows of a vector expression at the steps of a frame. */
  rows(node: PlanNode, frame: Frame): Rows {
    const rows = this.#evaluator.rows(this, node, frame);
    return this.analysis === undefined ? rows : this.analysis.rows(node, rows);
  }

  /** The value of a scalar expression at each step of a frame. */
  scalar(node: PlanNode, frame: Frame): Promise<Float64Array> {
    const values = this.#evaluator.scalar(this, node, frame);
    return this.analysis === undefined ? values : this.analysis.scalar(node, values);
  }

  selection(index: number): SelectionSource {
    return this.#sources[index];
  }

  /** A selection that the plan does not know of; it can be read again. */
  select(request: SelectRequest): SelectionSource {
    return new SelectionSource(this.queryable, request, this.ctx, 2);
  }

  /** Whether it is time to let others run: then `await pause()`. Cheap enough for every series. */
  due(): boolean {
    return performance.now() > this.#sliceEnd;
  }

  /** Lets the event loop turn; throws when the query was cancelled or is out of time. */
  async pause(): Promise<void> {
    this.check();
    await nextTurn();
    this.#sliceEnd = performance.now() + SLICE_MS;
  }

  /**
   * Counts samples looked at by work on one long series, which cannot pause; throws when the query was cancelled (as far
   * as that can be seen without a pause: by workers) or is out of time.
   */
  worked(samples: number): void {
    this.#looked += samples;
    if (this.#looked < CHECK_SAMPLES) return;
    this.#looked = 0;
    this.check();
  }

  /** Throws when the query was cancelled or is out of time. */
  check(): void {
    this.ctx.cancel.throwIfCancelled();
    if (performance.now() > this.settings.deadline) {
      throw new TsanosError('timeout', 'promql-timeout', 'query timed out in expression evaluation');
    }
  }

  /** Counts samples that are now held in memory; throws above the limit. */
  hold(samples: number): void {
    this.#held += samples;
    this.stats.peak(this.#held);
    const limit = this.settings.maxSamples;
    if (limit > 0 && this.#held > limit) this.#tooMany();
  }

  /** Like `hold` for samples that are held for a moment only. */
  touch(samples: number): void {
    const limit = this.settings.maxSamples;
    if (limit > 0 && this.#held + samples > limit) this.#tooMany();
    this.stats.peak(this.#held + samples);
  }

  #tooMany(): never {
    const text = 'query processing would load too many samples into memory in query execution';
    throw new TsanosError('limit', 'promql-max-samples', text, { limit: this.settings.maxSamples });
  }

  /** Samples are no longer held. */
  release(samples: number): void {
    this.#held -= samples;
  }
}
