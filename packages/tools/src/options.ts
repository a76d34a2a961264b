import { REQUIRED_OBJSTORE_OPTIONS, type Option } from '@tsanos/runtime/options';

/** What `tsanos tools bucket generate` takes beside the options of every command. */
export const GENERATE_OPTIONS = [
  ...REQUIRED_OBJSTORE_OPTIONS,
  {
    name: 'series',
    type: 'int',
    default: '1000',
    ours: true,
    help: 'Series at a time, over all metrics and replicas.',
    status: 'works',
  },
  { name: 'days', type: 'float', default: '1', ours: true, help: 'Days of data, up to the end.', status: 'works' },
  {
    name: 'scrape-interval',
    type: 'duration',
    default: '15s',
    ours: true,
    help: 'Time between samples.',
    status: 'works',
  },
  {
    name: 'replicas',
    type: 'int',
    default: '2',
    ours: true,
    help: 'Prometheus servers of the HA group; each has gaps of its own and blocks of its own.',
    status: 'works',
  },
  {
    name: 'churn',
    type: 'float',
    default: '0.1',
    ours: true,
    help: 'Share of series that is replaced each day, as deployments do.',
    status: 'works',
  },
  {
    name: 'histograms',
    type: 'bool',
    default: 'true',
    ours: true,
    help: 'Classic histograms among the metrics.',
    status: 'works',
  },
  { name: 'seed', type: 'int', default: '1', ours: true, help: 'The same seed makes the same data.', status: 'works' },
  {
    name: 'end',
    type: 'time',
    default: '-0s',
    ours: true,
    help: 'End of the data: RFC 3339, or relative to now.',
    status: 'works',
  },
] as const satisfies readonly Option[];

/** What `tsanos tools rules-check` takes beside the options of every command. */
export const RULES_CHECK_OPTIONS = [
  {
    name: 'rules',
    type: 'string',
    repeated: true,
    required: true,
    help: 'Rule file to check, or a glob of them.',
    status: 'works',
  },
] as const satisfies readonly Option[];

const FILES = {
  name: 'file',
  type: 'string',
  positional: true,
  repeated: true,
  required: true,
  status: 'works',
} as const;

/** What `tsanos tools promql-test` takes beside the options of every command. */
export const PROMQL_TEST_OPTIONS = [
  { ...FILES, help: "Scripts in the language of Prometheus' promqltest." },
] as const satisfies readonly Option[];

/** What `tsanos tools rules-test` takes beside the options of every command. */
export const RULES_TEST_OPTIONS = [
  { ...FILES, help: 'Unit tests of rules in the format of promtool.' },
  {
    name: 'run',
    type: 'string',
    ours: true,
    help: 'Only tests whose name matches this regular expression.',
    status: 'works',
  },
] as const satisfies readonly Option[];
