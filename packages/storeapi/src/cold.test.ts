import { Labels, labelsToString } from '@tsanos/model';
import { RpcError, RpcServer, Channel, reflectionServices, Status } from '@tsanos/rpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ColdClient, peerInfo } from './cold-client.ts';
import {
  exemplarsService,
  infoService,
  metadataService,
  rulesService,
  statusService,
  targetsService,
} from './cold-service.ts';
import { infoMessage } from './info-message.ts';
import { labelsFromWire, labelsToWire, timestampFromMs, timestampToMs, ZERO_TIME } from './proto/messages.ts';
import { fileDescriptors } from './proto/schema.ts';

describe('federated services', () => {
  let ready = true;
  const server = new RpcServer();
  let channel: Channel;
  let client: ColdClient;
  const store = {
    labelSets: [Labels.from({ replica: 'a' })],
    mint: -(2 ** 63),
    maxt: 2 ** 63,
    tsdbInfos: [{ labels: Labels.EMPTY, mint: 0, maxt: 5 }],
  };

  beforeAll(async () => {
    server.register(
      infoService(() => {
        if (!ready) throw new RpcError(Status.UNAVAILABLE, 'not ready');
        return infoMessage('sidecar', store, { rules: true, exemplars: { mint: 1, maxt: 2 }, status: true });
      }),
    );
    server.register(
      rulesService(async function* (request) {
        yield {
          group: {
            name: `type ${request.type}`,
            interval: 30,
            rules: [
              { recording: { name: 'r', query: 'up', labels: labelsToWire(Labels.from({ a: '1' })) } },
              { alert: { name: 'a', state: 3, alerts: [{ active_at: timestampFromMs(1500), value: '1e+00' }] } },
            ],
          },
        };
        yield { warning: 'w' };
      }),
    );
    server.register(
      targetsService(() => [{ targets: { activeTargets: [{ scrapeUrl: 'u', health: 1 }], droppedTargets: [{}] } }]),
    );
    server.register(
      metadataService((request) => [
        { metadata: { metadata: { [request.metric]: { metas: [{ type: 'counter', help: 'h' }] } } } },
      ]),
    );
    server.register(exemplarsService(() => [{ data: { exemplars: [{ value: 1.5, ts: 5 }] } }]));
    server.register(
      // eslint-disable-next-line require-yield
      statusService(function* () {
        throw new RpcError(Status.INVALID_ARGUMENT, 'bad limit');
      }),
    );
    for (const service of reflectionServices(() => server.services, fileDescriptors)) server.register(service);
    const { port } = await server.listen('127.0.0.1:0');
    channel = new Channel(`127.0.0.1:${port}`);
    client = new ColdClient(channel);
  });
  afterAll(async () => {
    channel.close();
    await server.shutdown(AbortSignal.abort());
  });

  async function all<T>(answers: AsyncIterable<T>): Promise<T[]> {
    const list: T[] = [];
    for await (const answer of answers) list.push(answer);
    return list;
  }

  test('info says what is served, sentinels survive', async () => {
    const info = peerInfo(await client.info({ timeoutMs: 5000 }));
    expect(info).toMatchObject({
      componentType: 'sidecar',
      rules: true,
      targets: false,
      metadata: false,
      query: false,
      status: true,
      exemplars: { mint: 1, maxt: 2 },
    });
    expect(info.store).toMatchObject({
      mint: -(2 ** 63),
      maxt: 2 ** 63,
      supportsSharding: true,
      supportsWithoutReplicaLabels: true,
    });
    expect(info.labelSets.map(labelsToString)).toEqual(['{replica="a"}']);
    expect(info.store?.tsdbInfos).toEqual([{ labels: Labels.EMPTY, mint: 0, maxt: 5 }]);
    ready = false;
    await expect(client.info()).rejects.toMatchObject({ status: Status.UNAVAILABLE, message: 'not ready' });
    ready = true;
  });

  test('rules: sub-messages that Go always writes are there, a time never set is zero time', async () => {
    const [first, second] = await all(client.rules({ type: 1 }));
    expect(first.group).toMatchObject({ name: 'type 1', interval: 30, last_evaluation: ZERO_TIME });
    expect(first.group?.rules[0].recording).toMatchObject({
      labels: { labels: [{ name: 'a', value: '1' }] },
      last_evaluation: ZERO_TIME,
    });
    const instance = first.group?.rules[1].alert?.alerts[0];
    expect(instance).toMatchObject({
      labels: { labels: [] },
      annotations: { labels: [] },
      active_at: { seconds: 1, nanos: 500_000_000 },
    });
    expect(timestampToMs(instance?.active_at ?? ZERO_TIME)).toBe(1500);
    expect(second).toEqual({ warning: 'w' });
  });

  test('targets, metadata, exemplars, status', async () => {
    expect((await all(client.targets({})))[0].targets).toMatchObject({
      activeTargets: [{ scrapeUrl: 'u', health: 1, labels: { labels: [] }, lastScrape: ZERO_TIME }],
      droppedTargets: [{ discoveredLabels: { labels: [] } }],
    });
    expect((await all(client.metadata({ metric: 'up' })))[0].metadata).toEqual({
      metadata: { up: { metas: [{ type: 'counter', help: 'h', unit: '' }] } },
    });
    expect((await all(client.exemplars({ query: 'up' })))[0].data).toEqual({
      seriesLabels: { labels: [] },
      exemplars: [{ labels: { labels: [] }, value: 1.5, ts: 5 }],
    });
    await expect(all(client.statistics({ limit: -1 }))).rejects.toMatchObject({
      status: Status.INVALID_ARGUMENT,
      message: 'bad limit',
    });
  });

  test('labels come sorted whatever their order', () => {
    expect(
      labelsToString(
        labelsFromWire({
          labels: [
            { name: 'b', value: '2' },
            { name: 'a', value: '1' },
          ],
        }),
      ),
    ).toBe('{a="1", b="2"}');
    expect(labelsFromWire(null)).toBe(Labels.EMPTY);
  });
});
