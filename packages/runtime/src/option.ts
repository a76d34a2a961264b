/**
 * An option is declared once; parsing, `--help`, the docs page, the config dump and the flag ledger come from it.
 *
 * Types: `string`, `bool` (`--x`, `--no-x`), `int`, `float`, `duration` (ms; Go's and Prometheus' grammar), `bytes`
 * (`250MB` = 250 MiB), `time` (RFC 3339, unix seconds or a duration relative to now; ms), `enum`, `file-or-content` (declares `--x-file`
 * and inline `--x`).
 */
export interface Option {
  /** As on the command line, without dashes: `grpc-address`, `store.grpc.series-sample-limit`. */
  readonly name: string;
  readonly type: 'string' | 'bool' | 'int' | 'float' | 'duration' | 'bytes' | 'time' | 'enum' | 'file-or-content';
  readonly help: string;
  /** Text as a user would write it; none = no default. */
  readonly default?: string;
  readonly values?: readonly string[];
  /** May be given more than once; the value is a list. */
  readonly repeated?: boolean;
  readonly required?: boolean;
  readonly secret?: boolean;
  readonly hidden?: boolean;
  readonly short?: string;
  /** Not a flag but what stands on the command line by itself (`promql-test FILE …`); with `repeated` as many as there are. */
  readonly positional?: boolean;
  readonly env?: string;
  /** Whose wording a bad duration is refused with; both grammars are accepted. Default: Prometheus'. */
  readonly grammar?: 'go' | 'prometheus';
  /** Placeholder in help: `<uri>`. */
  readonly placeholder?: string;
  /** `works`; `no-effect` (Go runtime and pool tuning only: accepted, said in the ledger); `not-yet` (stops the start with a message). */
  readonly status: 'works' | 'no-effect' | 'not-yet';
  /** Ours, not Thanos'. */
  readonly ours?: boolean;
}
