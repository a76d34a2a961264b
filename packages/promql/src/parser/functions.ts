import type { ValueType } from './ast.ts';

/** What the parser knows of a function; what it computes is the execution's business. */
export interface FunctionSignature {
  readonly name: string;
  readonly argTypes: readonly ValueType[];
  /** 0: exactly `argTypes`. Else the last type may be absent or repeat: up to `variadic` times in all, -1 without end. */
  readonly variadic: number;
  readonly returnType: ValueType;
  /** Only with the feature `experimentalFunctions`. */
  readonly experimental: boolean;
}

const table = new Map<string, FunctionSignature>();

function define(
  names: string,
  args: string,
  returnType: ValueType = 'vector',
  variadic = 0,
  experimental = false,
): void {
  const types: Record<string, ValueType> = { v: 'vector', r: 'matrix', s: 'scalar', t: 'string' };
  const argTypes = [...args].map((letter) => types[letter]);
  for (const name of names.split(' ')) table.set(name, { name, argTypes, variadic, returnType, experimental });
}

// v = instant vector, r = range vector, s = scalar, t = string literal.
define('abs ceil floor exp sqrt ln log2 log10 sgn deg rad', 'v');
define('sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh', 'v');
define('absent sort sort_desc timestamp', 'v');
define('histogram_count histogram_sum histogram_avg histogram_stddev histogram_stdvar', 'v');
define('round', 'vs', 'vector', 1);
define('clamp', 'vss');
define('clamp_min clamp_max', 'vs');
define('pi time', '', 'scalar');
define('scalar', 'v', 'scalar');
define('vector', 's');
define('minute hour day_of_week day_of_month day_of_year days_in_month month year', 'v', 'vector', 1);
define('label_replace', 'vtttt');
define('label_join', 'vttt', 'vector', -1);
define('rate increase delta irate idelta changes resets deriv', 'r');
define('absent_over_time avg_over_time count_over_time first_over_time last_over_time', 'r');
define('max_over_time min_over_time present_over_time stddev_over_time stdvar_over_time sum_over_time', 'r');
define('quantile_over_time', 'sr');
define('predict_linear', 'rs');
define('histogram_quantile', 'sv');
define('histogram_fraction', 'ssv');
define('start end step range', '', 'scalar', 0, true);
define('max_of min_of', 'ss', 'scalar', 0, true);
define('sort_by_label sort_by_label_desc', 'vt', 'vector', -1, true);
define('mad_over_time', 'r', 'vector', 0, true);
define('ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time', 'r', 'vector', 0, true);
define('double_exponential_smoothing', 'rss', 'vector', 0, true);
define('histogram_quantiles', 'vtss', 'vector', 9, true);
define('info', 'vv', 'vector', 1, true);
define('start_timestamp', 'v', 'vector', 0, true);

/** Every function of Prometheus 3.14 by name; names are case-sensitive. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = table;
