import { describe, expect, it } from 'vitest';
import { parseEndpointAddress } from './address.ts';
import { candidateNames, EndpointResolver, parseSearchList, type DnsLookups } from './resolver.ts';

const records: DnsLookups = {
  a: (host) =>
    host === 'store.example' || host === 's1.example'
      ? Promise.resolve(host === 's1.example' ? ['10.0.0.3'] : ['10.0.0.2', '10.0.0.1'])
      : Promise.reject(new Error(`queryA ENOTFOUND ${host}`)),
  aaaa: (host) => (host === 'six.example' ? Promise.resolve(['fd00::1']) : Promise.reject(new Error('ENODATA'))),
  srv: (name) =>
    name === '_grpc._tcp.store'
      ? Promise.resolve([{ name: 's1.example', port: 10901 }])
      : Promise.reject(new Error('ENOTFOUND')),
};

function resolver(): { resolve: (text: string) => Promise<{ found: string[]; errors: string[] }>; failed: boolean[] } {
  const failed: boolean[] = [];
  const endpoints = new EndpointResolver(records, (f) => failed.push(f));
  return {
    failed,
    resolve: async (text) => {
      const errors: string[] = [];
      return { found: await endpoints.resolve(parseEndpointAddress(text, '--endpoint'), errors), errors };
    },
  };
}

describe('EndpointResolver', () => {
  it.each([
    ['10.1.1.1:90', ['10.1.1.1:90']],
    ['dns+store.example:10901', ['10.0.0.1:10901', '10.0.0.2:10901']],
    ['dns+six.example:1', ['[fd00::1]:1']],
    ['dns+127.0.0.1:1', ['127.0.0.1:1']],
    ['dnssrv+_grpc._tcp.store', ['10.0.0.3:10901']],
    ['dnssrvnoa+_grpc._tcp.store', ['s1.example:10901']],
    ['dnsdualstack+store.example:2', ['10.0.0.1:2', '10.0.0.2:2']],
  ])('%s', async (text, expected) => {
    expect((await resolver().resolve(text)).found).toEqual(expected);
  });

  it('keeps the last good answer, says what failed, counts', async () => {
    const { resolve, failed } = resolver();
    const gone = await resolve('dns+gone.example:1');
    expect(gone.found).toEqual([]);
    expect(gone.errors[0]).toMatch(/gone\.example/);
    expect(failed).toEqual([true]);
  });

  it('refuses what is no address', () => {
    for (const bad of ['', 'host', 'dns+', 'dns+host', 'dnss+host:1', 'host:99999']) {
      expect(() => parseEndpointAddress(bad, '--endpoint'), bad).toThrow(/--endpoint: endpoint address/);
    }
  });

  it('follows the search list as the system does', () => {
    const list = parseSearchList(
      'nameserver 10.0.0.1\nsearch ns.svc.cluster.local svc.cluster.local\noptions ndots:5 edns0\n',
    );
    expect(candidateNames('store', list)).toEqual(['store.ns.svc.cluster.local', 'store.svc.cluster.local', 'store']);
    expect(candidateNames('a.b.c.d.e.f', list)[0]).toBe('a.b.c.d.e.f');
    expect(candidateNames('full.', list)).toEqual(['full']);
  });
});
