import { createMatcher } from '@tsanos/model';
import { parseBucketConfig } from '@tsanos/objstore';
import { ALL_FEATURES, parse, prettyPrint, printExpr } from '@tsanos/promql';
import { mutate } from '@tsanos/tsdb/testing';
import { mangle } from './mangle.ts';
import type { FuzzTarget } from './run-target.ts';

const BUCKET = [
  'type: S3\nprefix: a/b\nconfig:\n  bucket: "b"\n  endpoint: localhost:9000\n  insecure: true\n  http_config:\n    idle_conn_timeout: 1m30s\n    tls_config: {insecure_skip_verify: true}\n',
  'type: FILESYSTEM\nconfig:\n  directory: /data\n',
];
const YAML_PIECES = [
  ...[
    '&a ',
    '*a',
    ': ',
    '\n- ',
    '{',
    '}',
    '[',
    '"',
    "'",
    '!!map ',
    '? ',
    '|',
    '>',
    '%YAML 1.2\n---\n',
    '\t',
    '<<: *a',
    '\x00',
    '#',
  ],
  ...['__proto__: 1\n', 'constructor: {}\n', '99999999999999999999'],
];
const QUERIES = [
  'sum by (job) (rate(http_requests_total{job=~"a.*",code!="500"}[5m] offset 1m))',
  'histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m:1m] @ end())))',
  'a * on (x, y) group_left (z) fill_left (1) b > bool 2 or foo{"x.y", a="\\u00e9"} @ 1.5',
  'max_over_time((foo - bar)[step() * 2:min_of(1m, 30s)] offset (1h + 5m))',
];
const QUERY_PIECES = [
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
    '0x1F',
  ],
  ...[
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
    ':',
    ' ',
    '\n',
  ],
  ...['# c\n', 'topk', 'ignoring', 'without', 'NaN', '_', '\xff', '\\', '1e', '$', '((((((((', '-----'],
];
const REGEXES = ['a|b|c', '(?i)prod-.*', '[a-z]+\\d{2,5}', '(?:(foo|bar)[^a])*', '^x$|\\bα'];
const REGEX_PIECES = [
  ...[
    '(',
    ')',
    '[',
    ']',
    '{2}',
    '{,3}',
    '{1000}',
    '*',
    '+',
    '?',
    '|',
    '.',
    '^',
    '$',
    '\\',
    '\\d',
    '\\Q',
    '\\E',
    '[^',
    '[[:alpha:]]',
    '(?i)',
  ],
  ...['(?P<n>', 'a', '-', '\\x{1F600}', '\\pL', '((((('],
];

/** The readers of texts that users and operators write. */
export function textTargets(): FuzzTarget[] {
  return [
    textTarget('bucket YAML', BUCKET, YAML_PIECES, (text) => {
      parseBucketConfig(text);
    }),
    textTarget('PromQL', QUERIES, QUERY_PIECES, (text) => {
      const expr = parse(text, ALL_FEATURES);
      printExpr(expr);
      prettyPrint(expr);
    }),
    textTarget('regex matcher', REGEXES, REGEX_PIECES, (text) => {
      createMatcher('=~', 'a', text).matches('prod-eu-1');
    }),
  ];
}

function textTarget(
  name: string,
  good: readonly string[],
  pieces: readonly string[],
  read: (text: string) => void,
): FuzzTarget {
  const bytes = good.map((text) => Buffer.from(text));
  return {
    name,
    input: (roll) => {
      const text = bytes[roll(bytes.length)];
      return roll(4) === 0 ? mutate(text, roll) : mangle(text, pieces, roll);
    },
    read: (input) => read(Buffer.from(input).toString('utf8')),
  };
}
