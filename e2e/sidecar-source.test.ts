import { Channel } from '@tsanos/rpc';
import { seriesSourceSuite, type SourceFixture } from '@tsanos/series/testing';
import { RemoteSource } from '@tsanos/storeapi';
import { findPrometheus } from '@tsanos/runtime/testing';
import { afterAll, describe } from 'vitest';
import { remoteWrite, startPrometheus, type RunningPrometheus } from './src/prometheus.ts';
import { startTsanos, type RunningTsanos } from './src/tsanos.ts';

const binary = findPrometheus();
/** Head samples may be this far apart from the newest; slices stay below it. */
const SLICE_MS = 20 * 60_000;

let prometheus: RunningPrometheus | undefined;
let sidecar: RunningTsanos | undefined;

/** The fixture in a real Prometheus behind a running sidecar; the suite only reads, so one pair serves all of it. */
async function start(fixture: SourceFixture): Promise<RunningTsanos> {
  if (sidecar !== undefined) return sidecar;
  prometheus = await startPrometheus(binary!.prometheus, {
    externalLabels: Object.fromEntries(fixture.externalLabels),
  });
  const times = fixture.series.flatMap(({ samples }) => samples.map(([t]) => t));
  const last = times.reduce((a, b) => Math.max(a, b));
  const first = times.reduce((a, b) => Math.min(a, b));
  for (let from = first; from <= last; from += SLICE_MS) {
    const part = fixture.series.map(({ labels, samples }) => ({
      labels: Object.fromEntries(labels),
      samples: samples.filter(([t]) => t >= from && t < from + SLICE_MS),
    }));
    await remoteWrite(
      prometheus.url,
      part.filter(({ samples }) => samples.length > 0),
    );
  }
  sidecar = await startTsanos('sidecar', [`--prometheus.url=${prometheus.url}`]);
  return sidecar;
}

describe.skipIf(binary === undefined)('the sidecar of a real Prometheus', () => {
  afterAll(async () => {
    await sidecar?.process.stop();
    await prometheus?.process.stop();
  });

  seriesSourceSuite(
    'sidecar, over the wire',
    async (fixture) => {
      const { grpc } = await start(fixture);
      const channel = new Channel(grpc);
      return { source: new RemoteSource(channel), close: () => channel.close() };
    },
    { externalOnly: 'error', anyUnderLimit: true },
  );
});
