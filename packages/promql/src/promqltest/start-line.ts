import { parseSignedDuration } from '@tsanos/model';

/** Whether a line of a load gives the start timestamps of the series in the line below it. */
export function isStartLine(line: string): boolean {
  return /^\S*@st(\s|$)/.test(line);
}

const GAPS = /^_(?:x(\d+))?$/;
const DURATIONS = /^([+-]?\d+[a-z]*?)(?:([+-]\d+[a-z]*?))?(?:x(\d+))?$/;

/** The offsets of a line `metric@st item item …`: ms to add to a sample's time, undefined where it has no start time. */
export function parseStartLine(line: string): (number | undefined)[] {
  const offsets: (number | undefined)[] = [];
  for (const item of line.split(/\s+/).slice(1)) {
    const gap = GAPS.exec(item);
    if (gap !== null) {
      for (let i = 0; i < Number(gap[1] ?? 1); i++) offsets.push(undefined);
      continue;
    }
    const match = DURATIONS.exec(item);
    if (match === null) throw new SyntaxError(`invalid start timestamp "${item}"`);
    const [, first, increment, times] = match;
    let offset = duration(first);
    const step = increment === undefined ? 0 : duration(increment);
    offsets.push(offset);
    for (let i = 0; i < Number(times ?? 0); i++) {
      offset += step;
      offsets.push(offset);
    }
  }
  return offsets;
}

function duration(text: string): number {
  return parseSignedDuration(text.startsWith('+') ? text.slice(1) : text);
}
