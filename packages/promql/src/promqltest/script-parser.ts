import { TsanosError } from '@tsanos/bytes';
import { createMatcher, parseSignedDuration } from '@tsanos/model';
import { ALL_FEATURES } from '../parser/features.ts';
import { parseNumber } from '../parser/number-literal.ts';
import { parse } from '../parser/parse.ts';
import { parseSeriesDescription } from '../parser/series-description.ts';
import { unquote } from '../parser/unquote.ts';
import {
  type EvalCommand,
  type Expectations,
  type LoadCommand,
  type LoadedSeries,
  type ScriptCommand,
  ScriptError,
  type TextExpectation,
} from './script.ts';
import { isStartLine, parseStartLine } from './start-line.ts';

const LOAD = /^load(?:_(with_nhcb))?\s+(.+?)$/;
const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$/;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$/;
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const EXPECT_RANGE = /^expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$/;
const EXPECT_STRING = /^expect string\s+(.+)$/;

/** Reads a script of Prometheus' test language. Throws a `ScriptError` that names the line. */
export function parseScript(text: string): ScriptCommand[] {
  return new ScriptParser(text).parse();
}

class ScriptParser {
  readonly #lines: readonly string[];
  /** Index of the line at hand. */
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split('\n').map((line) => (line.trim().startsWith('#') ? '' : line.trim()));
  }

  parse(): ScriptCommand[] {
    const commands: ScriptCommand[] = [];
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at];
      if (line === '') continue;
      const word = line.split(/\s+/, 1)[0].toLowerCase();
      if (word === 'clear') commands.push({ kind: 'clear', line: this.#at + 1 });
      else if (word.startsWith('load')) commands.push(this.#load(line));
      else if (word.startsWith('eval')) commands.push(this.#eval(line));
      else this.#fail(`invalid command "${line}"`);
    }
    return commands;
  }

  #fail(message: string): never {
    throw new ScriptError(this.#at + 1, message);
  }

  /** Runs `read` and gives its errors the line at hand. */
  #guard<R>(read: () => R): R {
    try {
      return read();
    } catch (error) {
      if (error instanceof TsanosError || error instanceof SyntaxError) this.#fail(error.message);
      throw error;
    }
  }

  /** Goes to the next line of the block; undefined at its end. */
  #nextLine(): string | undefined {
    const line = this.#lines[this.#at + 1];
    if (line === undefined || line === '') return undefined;
    this.#at++;
    return line;
  }

  #duration(text: string): number {
    return this.#guard(() => parseSignedDuration(text));
  }

  #load(head: string): LoadCommand {
    const match = LOAD.exec(head);
    if (match === null) this.#fail('invalid load command. (load[_with_nhcb] <step:duration>)');
    const line = this.#at + 1;
    const stepMs = this.#duration(match[2]);
    const series: LoadedSeries[] = [];
    let starts: (number | undefined)[] | undefined;
    for (let text = this.#nextLine(); text !== undefined; text = this.#nextLine()) {
      const source = text;
      if (isStartLine(source)) {
        starts = this.#guard(() => parseStartLine(source));
        continue;
      }
      const description = this.#guard(() => parseSeriesDescription(source));
      if (starts !== undefined && starts.length !== description.values.length) {
        this.#fail(`got ${starts.length} start timestamps for ${description.values.length} values`);
      }
      series.push({ ...description, startOffsets: starts });
      starts = undefined;
    }
    return { kind: 'load', line, stepMs, withNhcb: match[1] !== undefined, series };
  }

  #eval(head: string): EvalCommand {
    const line = this.#at + 1;
    const instant = INSTANT.exec(head);
    const range = RANGE.exec(head);
    if (instant === null && range === null) {
      this.#fail(
        'invalid evaluation command. Must be "eval instant at <time> <query>" or "eval range from <start> to <end> step <step> <query>"',
      );
    }
    const [mode, text] = range === null ? [instant?.[1], instant?.[3] ?? ''] : [range[1], range[5]];
    const start = this.#duration((range === null ? instant?.[2] : range[2]) ?? '0');
    const end = range === null ? start : this.#duration(range[3]);
    const step = range === null ? 0 : this.#duration(range[4]);
    if (end < start) this.#fail('invalid test definition, end timestamp is before start timestamp');
    const expr = this.#guard(() => parse(text, ALL_FEATURES));
    const expected = emptyExpectations();
    if (mode === 'fail') expected.fail = { kind: 'any' };
    if (mode === 'warn') expected.warn.push({ kind: 'any' });
    if (mode === 'info') expected.info.push({ kind: 'any' });
    if (mode === 'ordered') expected.ordered = true;
    this.#expectations(expected);
    return { kind: 'eval', line, text, expr, start, end, step, expected };
  }

  #expectations(expected: Expectations): void {
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
      if (/^expect(ed_fail)?(\s|_)/.test(line)) {
        this.#expectLine(line, expected);
        continue;
      }
      const scalar = scalarLine(line);
      if (scalar !== undefined) {
        expected.scalar = scalar;
        return;
      }
      const source = line;
      const description = this.#guard(() => parseSeriesDescription(source));
      expected.series.push({ line: this.#at + 1, description });
    }
    if (expected.warn.length > 0 && expected.noWarn) this.#fail('cannot use both expect warn and expect no_warn');
    if (expected.info.length > 0 && expected.noInfo) this.#fail('cannot use both expect info and expect no_info');
  }

  #expectLine(line: string, expected: Expectations): void {
    const range = EXPECT_RANGE.exec(line);
    const string = EXPECT_STRING.exec(line);
    if (range !== null) {
      const [start, end, step] = [range[1], range[2], range[3]].map((text) => this.#duration(text));
      expected.rangeVector = { start, end, step };
    } else if (string !== null) expected.string = this.#guard(() => unquote(checkQuoted(string[1])));
    else if (line.startsWith('expected_fail_message')) {
      expected.fail = { kind: 'text', text: line.slice('expected_fail_message'.length).trim() };
    } else if (line.startsWith('expected_fail_regexp')) {
      expected.fail = this.#guard(() => regexExpectation(line.slice('expected_fail_regexp'.length).trim()));
    } else this.#expectKind(line, expected);
  }

  #expectKind(line: string, expected: Expectations): void {
    const match = EXPECT.exec(line);
    if (match === null)
      this.#fail(`invalid expect statement "${line}", must match \`expect <type> <match_type>:<string>\` format`);
    const [, kind, how, text] = match;
    const wanted = this.#guard(() => textExpectation(how, text?.trim() ?? ''));
    switch (kind) {
      case 'ordered':
        expected.ordered = true;
        break;
      case 'fail':
        if (expected.fail !== undefined) this.#fail('invalid expect lines, multiple expect fail lines are not allowed');
        expected.fail = wanted;
        break;
      case 'warn':
        expected.warn.push(wanted);
        break;
      case 'info':
        expected.info.push(wanted);
        break;
      case 'no_warn':
        expected.noWarn = true;
        break;
      default:
        expected.noInfo = true;
    }
  }
}

function emptyExpectations(): Expectations {
  return {
    fail: undefined,
    ordered: false,
    warn: [],
    info: [],
    noWarn: false,
    noInfo: false,
    string: undefined,
    scalar: undefined,
    rangeVector: undefined,
    series: [],
  };
}

function textExpectation(how: string | undefined, text: string): TextExpectation {
  if (how === undefined) return { kind: 'any' };
  return how === 'msg' ? { kind: 'text', text } : regexExpectation(text);
}

/** An unanchored RE2 pattern, by way of the matcher's, which are anchored. */
function regexExpectation(source: string): TextExpectation {
  const matcher = createMatcher('=~', 'text', `(?s:.*)(?:${source})(?s:.*)`);
  return { kind: 'regex', source, matches: (text) => matcher.matches(text) };
}

function scalarLine(line: string): number | undefined {
  const sign = /^[+-]/.test(line) ? line[0] : '';
  const bare = line.slice(sign.length);
  if (!/^([0-9.]|inf$|nan$)/i.test(bare)) return undefined;
  const parsed = parseNumber(bare);
  if (parsed.problem !== undefined) return undefined;
  return sign === '-' ? -parsed.value : parsed.value;
}

function checkQuoted(text: string): string {
  const quote = text[0];
  if (text.length < 2 || !['"', "'", '`'].includes(quote) || !text.endsWith(quote)) {
    throw new SyntaxError(`expected a quoted string, got ${text}`);
  }
  return text;
}
