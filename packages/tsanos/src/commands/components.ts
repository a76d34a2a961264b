import type { Component, ComponentModules, OptionValues } from '@tsanos/runtime';

/** How the process of a command is put together. */
export interface ComponentCommand {
  /** Label `component` of `thanos_status`. */
  readonly component: string;
  /** Engines its workers load; none = no workers. */
  readonly engines: readonly string[];
  /** Whether the request metrics have the label `tenant`, from the header that `--query.tenant-header` names. */
  readonly tenants: boolean;
  create(values: OptionValues, modules: ComponentModules): Promise<readonly Component[]>;
}

/** Commands that run until they are stopped; the code of each is loaded when it runs. */
export const COMPONENT_COMMANDS: ReadonlyMap<string, ComponentCommand> = new Map<string, ComponentCommand>([
  [
    'sidecar',
    {
      component: 'sidecar',
      tenants: false,
      engines: [],
      create: async (values, modules) => {
        const [{ createSidecar }, { SIDECAR_OPTIONS }] = await Promise.all([
          import('@tsanos/sidecar'),
          import('@tsanos/sidecar/options'),
        ]);
        return [await createSidecar(values.part(SIDECAR_OPTIONS), modules)];
      },
    },
  ],
  [
    'store',
    {
      component: 'store',
      tenants: false,
      engines: ['store'],
      create: async (values, modules) => {
        const [{ createStore }, { STORE_OPTIONS }] = await Promise.all([
          import('@tsanos/store'),
          import('@tsanos/store/options'),
        ]);
        return [await createStore(values.part(STORE_OPTIONS), modules)];
      },
    },
  ],
  [
    'query',
    {
      component: 'query',
      tenants: true,
      engines: ['query'],
      create: async (values, modules) => {
        const [{ createQuerier }, { QUERY_OPTIONS }] = await Promise.all([
          import('@tsanos/querier'),
          import('@tsanos/querier/options'),
        ]);
        return [await createQuerier(values.part(QUERY_OPTIONS), modules)];
      },
    },
  ],
  [
    'all',
    {
      component: 'all',
      tenants: true,
      engines: ['all'],
      create: async (values, modules) => (await import('./all.ts')).createAll(values, modules),
    },
  ],
]);
