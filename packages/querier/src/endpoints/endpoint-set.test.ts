import { silentLogger } from '@tsanos/bytes';
import { Labels } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { parseEndpointAddress } from './address.ts';
import type { PeerInfo } from '@tsanos/storeapi';
import { EndpointSet } from './endpoint-set.ts';
import { dedupEndpoints, type ResolvedEndpoint } from './spec.ts';

const info: PeerInfo = {
  componentType: 'store',
  labelSets: [Labels.from({ cluster: 'a' })],
  store: { mint: 1, maxt: 2, supportsSharding: true, supportsWithoutReplicaLabels: true, tsdbInfos: [] },
  rules: false,
  metadata: false,
  targets: false,
  exemplars: undefined,
  query: false,
  status: false,
};
const endpoint = (address: string, strict = false): ResolvedEndpoint => ({
  address: parseEndpointAddress(address, 'test').name,
  targets: [address],
  strict,
  group: false,
  client: { tls: undefined, serverName: '', compression: 'none' },
});

function setup(): {
  set: EndpointSet;
  down: Set<string>;
  configured: ResolvedEndpoint[];
  clock: { now: number };
  tick: () => Promise<void>;
} {
  const down = new Set<string>();
  const configured: ResolvedEndpoint[] = [];
  const clock = { now: 0 };
  const set = new EndpointSet({
    resolve: () => Promise.resolve(configured),
    fetchInfo: (e) => (down.has(e.address) ? Promise.reject(new Error('connection refused')) : Promise.resolve(info)),
    infoTimeoutMs: 1000,
    unhealthyTimeoutMs: 300_000,
    logger: silentLogger,
    now: () => clock.now,
  });
  return { set, down, configured, clock, tick: () => set.update(new AbortController().signal) };
}

describe('EndpointSet', () => {
  it('queries what answered Info, and strict ones always', async () => {
    const { set, down, configured, tick } = setup();
    configured.push(endpoint('a:1'), endpoint('b:1'), endpoint('c:1', true));
    down.add('b:1').add('c:1');
    await tick();
    expect(set.queryable().map((s) => s.endpoint.address)).toEqual(['a:1', 'c:1']);
    expect(set.statuses().map((s) => s.endpoint.address)).toEqual(['a:1', 'c:1']);
  });

  it('keeps a failing endpoint in sight, does not query it, forgets it after the timeout', async () => {
    const { set, down, configured, clock, tick } = setup();
    configured.push(endpoint('a:1'));
    await tick();
    const version = set.version;
    down.add('a:1');
    clock.now = 5000;
    await tick();
    expect(set.version).toBeGreaterThan(version);
    expect(set.queryable()).toEqual([]);
    expect(set.statuses()[0]).toMatchObject({ lastError: 'connection refused', info });
    clock.now = 300_001;
    await tick();
    expect(set.statuses()).toEqual([]);
    down.clear();
    await tick();
    expect(set.queryable()).toHaveLength(1);
  });

  it('does not change its version when nothing changed', async () => {
    const { set, configured, clock, tick } = setup();
    configured.push(endpoint('a:1'));
    await tick();
    const version = set.version;
    clock.now = 5000;
    await tick();
    expect(set.version).toBe(version);
  });

  it('uses an address once, the strict one first', () => {
    const { endpoints, duplicates } = dedupEndpoints([endpoint('a:1'), endpoint('a:1', true), endpoint('b:1')]);
    expect(duplicates).toBe(1);
    expect(endpoints.map((e) => [e.address, e.strict])).toEqual([
      ['a:1', true],
      ['b:1', false],
    ]);
  });
});
