import { Session } from 'node:inspector/promises';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import { CONTENT_TYPES, negotiateFormat, renderMetrics } from '../metrics/exposition.ts';
import { processMetrics } from '../metrics/process-metrics.ts';
import type { Registry } from '../metrics/registry.ts';
import { errorEnvelope } from './envelope.ts';
import type { Prober } from './prober.ts';
import { textReply, type HttpReply, type HttpRequest, type HttpRoute } from './types.ts';

const MAX_PROFILE_SECONDS = 300;

/** The routes that every process has: `/-/healthy`, `/-/ready`, `/metrics` and `/debug/…`. */
export function operationRoutes(registry: Registry, prober: Prober): HttpRoute[] {
  const foreign = processMetrics(registry);
  return [
    {
      methods: ['GET'],
      path: '/-/healthy',
      run: () => textReply(prober.healthy ? 200 : 503, prober.healthy ? 'OK' : 'NOT OK'),
    },
    {
      methods: ['GET'],
      path: '/-/ready',
      run: () => {
        const waiting = prober.notReady;
        return waiting === undefined ? textReply(200, 'OK') : textReply(503, `NOT OK\n${waiting}\n`);
      },
    },
    {
      methods: ['GET'],
      path: '/metrics',
      run: async (request) => {
        const format = negotiateFormat(request.headers['accept']);
        const text = renderMetrics(registry.families(), await foreign(), format);
        return { status: 200, headers: { 'content-type': CONTENT_TYPES[format] }, body: text };
      },
    },
    { methods: ['GET'], path: '/debug/cpuprofile', uncompressed: true, run: cpuProfile },
    { methods: ['GET'], path: '/debug/heapsnapshot', run: heapSnapshot },
    { methods: ['GET', 'POST'], path: '/debug/pprof/*', run: notGo },
    { methods: ['GET'], path: '/debug/fgprof', run: notGo },
  ];
}

/** A profile of this thread for Chrome's developer tools; `seconds` as in Go. */
async function cpuProfile(request: HttpRequest): Promise<HttpReply> {
  const seconds = Math.min(MAX_PROFILE_SECONDS, Number(request.form.get('seconds') ?? 30) || 30);
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await sleep(seconds * 1000, undefined, { signal: request.signal });
    const { profile } = await session.post('Profiler.stop');
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'content-disposition': 'attachment; filename="tsanos.cpuprofile"',
      },
      body: JSON.stringify(profile),
    };
  } finally {
    session.disconnect();
  }
}

function heapSnapshot(): HttpReply {
  const snapshot: AsyncIterable<Uint8Array> = Readable.from(getHeapSnapshot());
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'content-disposition': 'attachment; filename="tsanos.heapsnapshot"',
    },
    body: snapshot,
  };
}

function notGo(): HttpReply {
  const message =
    'this is not a Go process: GET /debug/cpuprofile?seconds=30 and /debug/heapsnapshot give profiles for the developer tools of Chrome or Node';
  return { status: 501, headers: { 'content-type': 'application/json' }, body: errorEnvelope(501, message) };
}
