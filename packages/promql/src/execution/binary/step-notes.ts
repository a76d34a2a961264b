import type { PositionRange } from '../../parser/ast.ts';
import type { Query } from '../query.ts';
import type { ElementResult } from './element-op.ts';

/** What a binary operator has to say: of all elements of a step only the last annotation survives. */
export class StepNotes {
  readonly #byStep: (string | undefined)[] = [];

  /** Remembers what the result says, if anything. */
  take(step: number, { warning, info, note }: ElementResult): void {
    if (warning !== undefined) this.#byStep[step] = `w${warning}`;
    else if (info !== undefined) this.#byStep[step] = `i${info}`;
    else if (note !== undefined) this.#byStep[step] = `i${note}`;
  }

  /** Hands all over to the query's annotations. */
  flush(query: Query, pos: PositionRange): void {
    this.#byStep.forEach((text) => {
      if (text === undefined) return;
      if (text.startsWith('w')) query.annotations.warn(text.slice(1), pos);
      else query.annotations.info(text.slice(1), pos);
    });
  }
}
