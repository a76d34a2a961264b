import { TsanosError } from '@tsanos/bytes';
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

/** Commands that run until they are stopped. */
export const COMPONENT_COMMANDS: ReadonlyMap<string, ComponentCommand> = new Map([
  ['sidecar', single('sidecar', false, [], () => import('@tsanos/sidecar'), 'createSidecar')],
  ['store', single('store', false, ['store'], () => import('@tsanos/store'), 'createStore')],
  ['query', single('query', true, ['query'], () => import('@tsanos/querier'), 'createQuerier')],
]);

/** A process of one component, whose package exports a `ComponentFactory` by the name of `factory`. */
function single(
  component: string,
  tenants: boolean,
  engines: readonly string[],
  load: () => Promise<object>,
  factory: string,
): ComponentCommand {
  return {
    component,
    tenants,
    engines,
    create: async (values, modules) => {
      const create: unknown = Reflect.get(await load(), factory);
      if (typeof create !== 'function')
        throw new TsanosError('internal', 'component-factory', `the package of ${component} exports no ${factory}`);
      return [(await Reflect.apply(create, undefined, [values, modules])) as Component];
    },
  };
}
