import { COMMON_OPTIONS, type CommandSpec, type ProgramSpec } from '@tsanos/runtime/options';

const commands: readonly CommandSpec[] = [
  {
    name: 'sidecar',
    help: 'Beside a Prometheus: answers for its data and uploads its blocks to object storage.',
    options: async () => (await import('@tsanos/sidecar/options')).SIDECAR_OPTIONS,
  },
  {
    name: 'store',
    help: 'Answers for the blocks in an object storage bucket.',
    options: async () => (await import('@tsanos/store/options')).STORE_OPTIONS,
  },
  {
    name: 'query',
    help: 'PromQL over all StoreAPIs: one deduplicated view of many Prometheus servers and of object storage.',
    options: async () => (await import('@tsanos/querier/options')).QUERY_OPTIONS,
  },
  {
    name: 'all',
    help: 'Store and querier in one process. Without flags it serves a bucket under ./data, and fills it with demo data when it is empty.',
    options: async () => (await import('./commands/all-options.ts')).ALL_OPTIONS,
  },
  {
    name: 'tools',
    help: 'Tools for buckets.',
    commands: [
      {
        name: 'rules-check',
        help: 'Says whether Prometheus and Thanos would load rule files.',
        options: async () => (await import('@tsanos/tools/options')).RULES_CHECK_OPTIONS,
      },
      {
        name: 'rules-test',
        help: 'Runs unit tests of rules, in the format of promtool.',
        options: async () => (await import('@tsanos/tools/options')).RULES_TEST_OPTIONS,
      },
      {
        name: 'promql-test',
        help: "Runs test scripts of Prometheus' promqltest unmodified and prints what fails.",
        options: async () => (await import('@tsanos/tools/options')).PROMQL_TEST_OPTIONS,
      },
      {
        name: 'bucket',
        help: 'Tools for a bucket of blocks.',
        commands: [
          {
            name: 'generate',
            help: 'Writes a believable data set into a bucket: series of several kinds, HA replicas with gaps, churn, histograms.',
            options: async () => (await import('@tsanos/tools/options')).GENERATE_OPTIONS,
          },
        ],
      },
    ],
  },
];

/** The command line of the program, called by `name`. */
export function programSpec(name: string): ProgramSpec {
  return {
    name,
    help: 'Long-term, highly available storage and a global view for Prometheus: Thanos in TypeScript.',
    options: COMMON_OPTIONS,
    commands,
    planned: ['rule', 'compact', 'receive', 'query-frontend'],
  };
}
