import { describeNode } from '../plan/explain.ts';
import type { PlanNode } from '../plan/nodes.ts';
import { childrenOf } from '../plan/rewrite.ts';
import type { RowBatch, Rows } from './row-batch.ts';

/** An operator of a plan and what it is made of. */
export interface OperatorTree {
  readonly name: string;
  readonly children: readonly OperatorTree[];
}

/** An operator that ran: what came out of it and how long that took, its children included. */
export interface OperatorAnalysis {
  readonly name: string;
  readonly executionMs: number;
  /** Rows and cells that came out; 0 for scalars. */
  readonly series: number;
  readonly samples: number;
  readonly children: readonly OperatorAnalysis[];
}

/** The operators of a plan without running them. */
export function operatorTree(node: PlanNode): OperatorTree {
  return { name: operatorName(node), children: childrenOf(node).map(operatorTree) };
}

/** Selections have no place of their own in a tree, so that selectors tell what they read. */
function operatorName(node: PlanNode): string {
  const name = describeNode(node);
  return node.kind === 'selector' ? `${name} {${node.matchers.map(String).join(',')}}` : name;
}

interface Measure {
  ms: number;
  series: number;
  samples: number;
}

/** Measures the operators of one running query. */
export class PlanAnalysis {
  readonly #measures = new Map<PlanNode, Measure>();

  #of(node: PlanNode): Measure {
    let measure = this.#measures.get(node);
    if (measure === undefined) this.#measures.set(node, (measure = { ms: 0, series: 0, samples: 0 }));
    return measure;
  }

  /** Passes rows on and counts them; the time counts while their maker works, not while their consumer does. */
  async *rows(node: PlanNode, rows: Rows): AsyncGenerator<RowBatch> {
    const measure = this.#of(node);
    let since = performance.now();
    for await (const batch of rows) {
      measure.ms += performance.now() - since;
      measure.series += batch.count;
      const cells = batch.count * batch.steps;
      for (let i = 0; i < cells; i++) if (batch.present[i] !== 0) measure.samples++;
      yield batch;
      since = performance.now();
    }
    measure.ms += performance.now() - since;
  }

  /** Waits for a scalar's values. */
  async scalar(node: PlanNode, values: Promise<Float64Array>): Promise<Float64Array> {
    const since = performance.now();
    const result = await values;
    this.#of(node).ms += performance.now() - since;
    return result;
  }

  /** What was measured below a node. */
  tree(node: PlanNode): OperatorAnalysis {
    const { ms = 0, series = 0, samples = 0 } = this.#measures.get(node) ?? {};
    const children = childrenOf(node).map((child) => this.tree(child));
    return { name: operatorName(node), executionMs: ms, series, samples, children };
  }
}
