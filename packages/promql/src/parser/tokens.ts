/** Kinds of tokens. Numbers, so that the parser's switches are tables; groups are adjacent. */
export const T = {
  EOF: 0,
  ERROR: 1,
  IDENTIFIER: 2,
  METRIC_IDENTIFIER: 3,
  STRING: 4,
  NUMBER: 5,
  DURATION: 6,
  // Punctuation.
  LPAREN: 10,
  RPAREN: 11,
  LBRACE: 12,
  RBRACE: 13,
  LBRACKET: 14,
  RBRACKET: 15,
  COMMA: 16,
  EQL: 17,
  COLON: 18,
  // Operators.
  ADD: 20,
  SUB: 21,
  MUL: 22,
  DIV: 23,
  MOD: 24,
  POW: 25,
  ATAN2: 26,
  EQLC: 27,
  NEQ: 28,
  LSS: 29,
  LTE: 30,
  GTR: 31,
  GTE: 32,
  TRIM_UPPER: 33,
  TRIM_LOWER: 34,
  AND: 35,
  OR: 36,
  UNLESS: 37,
  EQL_REGEX: 38,
  NEQ_REGEX: 39,
  AT: 40,
  // Keywords.
  OFFSET: 50,
  SMOOTHED: 51,
  ANCHORED: 52,
  BY: 53,
  WITHOUT: 54,
  ON: 55,
  IGNORING: 56,
  GROUP_LEFT: 57,
  GROUP_RIGHT: 58,
  FILL: 59,
  FILL_LEFT: 60,
  FILL_RIGHT: 61,
  BOOL: 62,
  // Words that print in quotes.
  START: 70,
  END: 71,
  STEP: 72,
  RANGE: 73,
  MAX_OF: 74,
  MIN_OF: 75,
  // Aggregators, in the order of AGGREGATORS.
  AGGREGATOR: 80,
  // Only in series descriptions.
  SPACE: 110,
  BLANK: 111,
  TIMES: 112,
  OPEN_HIST: 113,
  CLOSE_HIST: 114,
  /** A key of a histogram description. */
  HIST_KEY: 115,
  /** A value of counter_reset_hint. */
  HIST_HINT: 116,
} as const;

const AGGREGATORS = [
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
];

/** Words that are not identifiers, by their lower-case form. */
export const KEYWORDS: ReadonlyMap<string, number> = new Map([
  ['and', T.AND],
  ['or', T.OR],
  ['unless', T.UNLESS],
  ['atan2', T.ATAN2],
  ['offset', T.OFFSET],
  ['smoothed', T.SMOOTHED],
  ['anchored', T.ANCHORED],
  ['by', T.BY],
  ['without', T.WITHOUT],
  ['on', T.ON],
  ['ignoring', T.IGNORING],
  ['group_left', T.GROUP_LEFT],
  ['group_right', T.GROUP_RIGHT],
  ['fill', T.FILL],
  ['fill_left', T.FILL_LEFT],
  ['fill_right', T.FILL_RIGHT],
  ['bool', T.BOOL],
  ['start', T.START],
  ['end', T.END],
  ['step', T.STEP],
  ['range', T.RANGE],
  ['max_of', T.MAX_OF],
  ['min_of', T.MIN_OF],
  ['inf', T.NUMBER],
  ['nan', T.NUMBER],
  ...AGGREGATORS.map((name, i): [string, number] => [name, T.AGGREGATOR + i]),
]);

export const isOperator = (type: number): boolean => type >= T.ADD && type <= T.AT;
export const isKeyword = (type: number): boolean => type >= T.OFFSET && type <= T.BOOL;
export const isAggregator = (type: number): boolean => type >= T.AGGREGATOR && type < T.AGGREGATOR + AGGREGATORS.length;

/** Words of the language that may be the bare name of a metric. */
export function isMetricWord(type: number): boolean {
  if (isAggregator(type) || (type >= T.START && type <= T.MIN_OF)) return true;
  switch (type) {
    case T.AND:
    case T.OR:
    case T.UNLESS:
    case T.BY:
    case T.WITHOUT:
    case T.OFFSET:
    case T.SMOOTHED:
    case T.ANCHORED:
    case T.FILL:
    case T.FILL_LEFT:
    case T.FILL_RIGHT:
      return true;
    default:
      return false;
  }
}

/** Words that may stand in a list of labels: all but `without`, which Prometheus' grammar forgets. */
export function isLabelWord(type: number): boolean {
  return type !== T.WITHOUT && (isMetricWord(type) || isKeyword(type) || type === T.ATAN2);
}
