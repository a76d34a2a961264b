import { RpcError, Status } from '@tsanos/rpc';
import type { SeriesSource } from '@tsanos/series';
import { codec, matchersFromWire, type HintedSource, type WireAny, type WireMatcher } from '@tsanos/storeapi';
import type { StoreSource } from './store-source.ts';

/** `hintspb` names and how errors call each kind of call. */
const KINDS = {
  series: { prefix: 'Series', words: 'series' },
  'label-names': { prefix: 'LabelNames', words: 'label names' },
  'label-values': { prefix: 'LabelValues', words: 'label values' },
} as const;

const URL_PREFIX = 'type.googleapis.com/';
const requestHints = codec<{ block_matchers: WireMatcher[] }>('hintspb.LabelNamesRequestHints');
const responseHints = codec<{ queried_blocks: { id: string }[] }>('hintspb.LabelNamesResponseHints');

/**
 * Hints of the store gateway: a request may choose blocks by their external labels and `__block_id`; answers to label calls tell which blocks were
 * asked. All kinds have the same fields at the same numbers.
 */
export function blockHints(source: () => StoreSource): HintedSource {
  return {
    withHints(kind, hints): { source: SeriesSource; responseHints: () => WireAny } {
      const { prefix, words } = KINDS[kind];
      const wanted = `hintspb.${prefix}RequestHints`;
      const got = hints?.type_url.slice(hints.type_url.lastIndexOf('/') + 1);
      if (got !== undefined && got !== wanted) {
        throw new RpcError(
          Status.INVALID_ARGUMENT,
          `unmarshal ${words} request hints: mismatched message type: got "${got}" want "${wanted}"`,
        );
      }
      const matchers = hints === null ? [] : matchersFromWire(requestHints.decode(hints.value).block_matchers);
      const queried: string[] = [];
      return {
        source: source().ofBlocks(matchers, (ulid) => queried.push(ulid)),
        responseHints: () => ({
          type_url: `${URL_PREFIX}hintspb.${prefix}ResponseHints`,
          value: responseHints.encode({ queried_blocks: queried.map((id) => ({ id })) }),
        }),
      };
    },
  };
}
