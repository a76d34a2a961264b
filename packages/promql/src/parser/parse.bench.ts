import { printExpr } from '../printer/print.ts';
import { parse } from './parse.ts';

const QUERIES = [
  'up',
  'rate(http_requests_total{job="api"}[5m])',
  'sum by (job) (rate(http_requests_total{job="api",code=~"5.."}[5m]))',
  'histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))',
  'a + on (x) group_left (y) b * 2',
];
const ROUNDS = 20_000;

function perSecond(action: (i: number) => void): number {
  const start = performance.now();
  for (let i = 0; i < ROUNDS; i++) action(i % QUERIES.length);
  return Math.round((ROUNDS / (performance.now() - start)) * 1000);
}

// The reference: reading the same trees as JSON with the engine's own parser, which is native code.
const trees = QUERIES.map((query) => JSON.stringify(parse(query)));
const exprs = QUERIES.map((query) => parse(query));
for (let round = 0; round < 5; round++) {
  const parsed = perSecond((i) => void parse(QUERIES[i]));
  const json = perSecond((i) => void JSON.parse(trees[i]));
  const printed = perSecond((i) => void printExpr(exprs[i]));
  const ratio = (parsed / json).toFixed(2);
  console.log(`parse ${parsed}/s, print ${printed}/s, JSON.parse of the trees ${json}/s, ratio ${ratio}`);
}
