import { TsanosError } from '@tsanos/bytes';
import type { PositionRange } from './ast.ts';
import { lineColumn } from './position.ts';

/** A text that the grammar or the type check refuses; the message is Prometheus' (`LINE:COL: parse error: …`). */
export class ParseError extends TsanosError {
  /** Where, in UTF-16 units of the text. */
  readonly pos: PositionRange;
  /** The message without position. */
  readonly reason: string;

  constructor(text: string, pos: PositionRange, reason: string) {
    const where = text === '' ? 'unknown position' : lineColumn(text, pos.start);
    super('bad-input', 'promql-parse', `${where}: parse error: ${reason}`);
    this.pos = pos;
    this.reason = reason;
  }
}
