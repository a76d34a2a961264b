import { encodeMeta, markerName, encodeMarker, type Meta } from '@tsanos/blocks';
import { isUlid } from '@tsanos/bytes';
import type { Bucket } from '@tsanos/objstore';
import { jsonReply, type BuildInfo, type HttpReply, type HttpRequest, type HttpRoute } from '@tsanos/runtime';
import type { BlockSync } from './block-sync.ts';

export interface BlockRouteModules {
  readonly label: string;
  readonly sync: BlockSync;
  readonly bucket: Bucket;
  readonly adminDisabled: boolean;
  /** What the status routes show; undefined where another component of the process has them. */
  readonly status: { readonly flags: Readonly<Record<string, string>>; readonly build: BuildInfo } | undefined;
}

const MARKERS: Readonly<Record<string, 'deletion-mark' | 'no-compact-mark'>> = {
  DELETION: 'deletion-mark',
  NO_COMPACTION: 'no-compact-mark',
};

/** The block API: what is loaded, and marking blocks. */
export function blockRoutes(modules: BlockRouteModules): HttpRoute[] {
  const { sync, label, status } = modules;
  const data = (value: unknown): HttpReply => jsonReply(200, { status: 'success', data: value });
  const blocks: HttpRoute[] = [
    {
      methods: ['GET'],
      path: '/api/v1/blocks',
      handler: 'blocks',
      cors: true,
      run: () =>
        data({
          label,
          blocks: [...sync.blocks.values()].sort((a, b) => a.minTime - b.minTime || a.maxTime - b.maxTime).map(shown),
          refreshedAt: new Date(sync.refreshedAtMs).toISOString(),
          err: sync.lastError === undefined ? null : sync.lastError.message,
        }),
    },
    {
      methods: ['POST'],
      path: '/api/v1/blocks/mark',
      handler: 'blocks_mark',
      cors: true,
      run: (request) => mark(modules, request),
    },
  ];
  if (status === undefined) return blocks;
  return [
    ...blocks,
    {
      methods: ['GET'],
      path: '/api/v1/status/flags',
      handler: 'status_flags',
      cors: true,
      run: () => data(status.flags),
    },
    {
      methods: ['GET'],
      path: '/api/v1/status/buildinfo',
      handler: 'status_build',
      cors: true,
      run: () => data(status.build),
    },
  ];
}

/** meta.json as it stands in the bucket. */
function shown(meta: Meta): unknown {
  return JSON.parse(new TextDecoder().decode(encodeMeta(meta)));
}

async function mark(modules: BlockRouteModules, request: HttpRequest): Promise<HttpReply> {
  const bad = (error: string): HttpReply => jsonReply(400, { status: 'error', errorType: 'bad_data', error });
  if (modules.adminDisabled) return bad('Admin operations are disabled');
  const id = request.form.get('id') ?? '';
  const action = request.form.get('action') ?? '';
  if (id === '') return bad('ID cannot be empty');
  if (action === '') return bad('Action cannot be empty');
  if (!isUlid(id)) return bad(`ULID ${JSON.stringify(id)} is not valid`);
  const kind = Object.hasOwn(MARKERS, action) ? MARKERS[action] : undefined;
  if (kind === undefined) return bad(`not supported marker ${action}`);
  const name = markerName(kind, id);
  const marker = {
    id,
    details: request.form.get('detail') ?? '',
    time: Math.floor(Date.now() / 1000),
    reason: kind === 'no-compact-mark' ? 'manual' : '',
  };
  // A mark that is there stays: its time decides when the block goes.
  await modules.bucket.uploadIfAbsent(name, encodeMarker(kind, marker));
  return { status: 204 };
}
