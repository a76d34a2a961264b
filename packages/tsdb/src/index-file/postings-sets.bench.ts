import { intersectPostings, subtractPostings, unionPostings } from './postings-sets.ts';

/** Set operations on lists of a million ids against plain JS sets and branching loops, in one run. */
function every(step: number, count: number): Uint32Array {
  let state = 7;
  let value = 0;
  return Uint32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    value += 1 + ((state >>> 16) % (2 * step - 1));
    return value;
  });
}

function median(run: () => number): number {
  const times: number[] = [];
  for (let i = 0; i < 11; i++) {
    const from = performance.now();
    if (run() < 0) throw new Error('unreachable');
    times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b)[5];
}

function branching(a: Uint32Array, b: Uint32Array): number {
  const out: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      out.push(a[i]);
      i++;
      j++;
    } else if (a[i] < b[j]) i++;
    else j++;
  }
  return out.length;
}

function subtractWithSet(from: Uint32Array, remove: Uint32Array): number {
  const gone = new Set(remove);
  return [...from].filter((x) => !gone.has(x)).length;
}

function report(name: string, ours: number, reference: number): void {
  console.log(
    `${name}: ${ours.toFixed(2)} ms, ${(reference / ours).toFixed(1)} × as fast as the reference (${reference.toFixed(2)} ms)`,
  );
}

const a = every(3, 1_000_000);
const b = every(3, 1_000_000);
const few = every(3000, 1000);
const many = Array.from({ length: 64 }, (_, i) => every(190 + i, 15_625));
report(
  'intersect 1M × 1M',
  median(() => intersectPostings([a, b]).length),
  median(() => branching(a, b)),
);
report(
  'intersect 1k × 1M',
  median(() => intersectPostings([few, a]).length),
  median(() => branching(few, a)),
);
report(
  'union of 64 lists',
  median(() => unionPostings(many).length),
  median(() => new Set(many.flatMap((list) => [...list])).size),
);
report(
  'subtract 1M − 1M',
  median(() => subtractPostings(a, b).length),
  median(() => subtractWithSet(a, b)),
);
