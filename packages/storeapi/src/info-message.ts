import type { SourceInfo } from '@tsanos/series';
import { labelsToWire, type InfoResponse, type Partially } from './proto/messages.ts';

/** Which APIs beside StoreAPI a component serves. */
export interface ServedApis {
  readonly rules?: boolean | undefined;
  readonly metadata?: boolean | undefined;
  readonly targets?: boolean | undefined;
  /** Times it holds exemplars of, ms inclusive. */
  readonly exemplars?: { readonly mint: number; readonly maxt: number } | undefined;
  readonly query?: boolean | undefined;
  readonly status?: boolean | undefined;
}

/** The Info answer of a component: `store` undefined when it serves no StoreAPI. Messages of APIs are there even when empty. */
export function infoMessage(
  componentType: string,
  store: SourceInfo | undefined,
  apis: ServedApis = {},
): Partially<InfoResponse> {
  return {
    label_sets: (store?.labelSets ?? []).map(labelsToWire),
    ComponentType: componentType,
    store:
      store === undefined
        ? null
        : {
            min_time: store.mint,
            max_time: store.maxt,
            supports_sharding: true,
            supports_without_replica_labels: true,
            tsdb_infos: store.tsdbInfos.map(({ labels, mint, maxt }) => ({
              labels: labelsToWire(labels),
              min_time: mint,
              max_time: maxt,
            })),
          },
    rules: apis.rules === true ? {} : null,
    metric_metadata: apis.metadata === true ? {} : null,
    targets: apis.targets === true ? {} : null,
    exemplars: apis.exemplars === undefined ? null : { min_time: apis.exemplars.mint, max_time: apis.exemplars.maxt },
    query: apis.query === true ? {} : null,
    status: apis.status === true ? {} : null,
  };
}
