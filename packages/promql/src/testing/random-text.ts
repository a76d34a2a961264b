/** A seeded source of random choices (mulberry32), so that a failing case can be made again. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  pick<E>(list: readonly E[]): E {
    return list[this.below(list.length)];
  }
}

const PIECES = [
  ...[
    'foo',
    'sum',
    'rate',
    'by',
    'on',
    'offset',
    '@',
    'start()',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    '5m',
    '1h30m',
    '1.5',
  ],
  ...[
    '0x1F',
    '"x"',
    "'y'",
    '`z`',
    'a="b"',
    'a=~"b.*"',
    '+',
    '-',
    '*',
    '/',
    '^',
    '==',
    'bool',
    'and',
    'unless',
    'group_left',
  ],
  ...[
    ':',
    ' ',
    '\n',
    '# c\n',
    'topk',
    '日',
    'ignoring',
    'without',
    'NaN',
    '_',
    '!=',
    '=~',
    '"a\\xfe"',
    '1e',
    '.',
    '$',
    '1_000',
  ],
  ...['offset -5m', '[5m:1m]', 'end', 'AND', 'atan2', '(a,b)', 'on(a)', '(foo)'],
];

const LEAVES = [
  ...[
    'foo',
    'bar{a="b"}',
    'rate(foo[5m])',
    'sum by (a) (foo)',
    'topk(3, bar)',
    'avg_over_time(foo[5m:1m])',
    '1',
    '2.5',
    '-foo',
  ],
  ...[
    '(foo + bar)',
    'foo offset 5m',
    'foo @ 12.5',
    'foo @ end()',
    'histogram_quantile(0.9, x)',
    'time()',
    'vector(1)',
    '"str"',
  ],
  ...['label_replace(foo,"a","b","c","d")', 'quantile_over_time(0.5, foo[1h])', 'count_values("v", foo)'],
];

const OPERATORS = ['+', '-', '*', '/', '%', '^', '==', '!=', '>', '<', 'and', 'or', 'unless', 'atan2'];
const MATCHINGS = ['', 'bool ', 'on (a) ', 'ignoring (a,b) ', 'on(a) group_left(c) ', 'ignoring() group_right '];

/** A text that is mostly a query, of the language that Prometheus has had since 2.x. */
export function randomQueryText(random: Random): string {
  const kind = random.next();
  if (kind < 0.3) {
    const pieces = Array.from({ length: 1 + random.below(12) }, () => random.pick(PIECES));
    return pieces.join(random.next() < 0.5 ? ' ' : '');
  }
  const text = expression(random, random.below(4));
  return kind < 0.6 ? text : mutateText(random, text);
}

function expression(random: Random, depth: number): string {
  if (depth <= 0) return random.pick(LEAVES);
  const inner = (): string => expression(random, depth - 1);
  switch (random.below(8)) {
    case 0:
      return random.pick(LEAVES);
    case 1:
      return `(${inner()})`;
    case 2:
      return `${inner()} ${random.pick(OPERATORS)} ${random.pick(MATCHINGS)}${inner()}`;
    case 3:
      return `${random.pick(['sum', 'avg', 'max', 'group'])} ${random.pick(['', 'by (a)', 'without (a,b)', 'by ()'])} (${inner()})`;
    case 4:
      return `${random.pick(['abs', 'ceil', 'rate', 'scalar', 'vector', 'timestamp', 'sort'])}(${inner()})`;
    case 5:
      return `${inner()}[${random.pick(['5m', '1h:5m', '10m:', '1d:1h', '300:15'])}]`;
    case 6:
      return `-${inner()}`;
    default:
      return `${inner()} ${random.pick(['offset 1m', '@ 5', '@ start()', 'offset -1h'])}`;
  }
}

/** A text with a few pieces put in or characters taken out. */
export function mutateText(random: Random, text: string): string {
  let out = text;
  for (let edits = 1 + random.below(3); edits > 0; edits--) {
    const at = random.below(out.length + 1);
    out = out.slice(0, at) + (random.next() < 0.6 ? random.pick(PIECES) : '') + out.slice(at + random.below(2));
  }
  return out;
}
