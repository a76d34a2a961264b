import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { S3Server } from '@tsanos/objstore/testing';
import { findPrometheus } from '@tsanos/runtime/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writePastBlocks } from './src/past-blocks.ts';
import { eventually, freePort, TestProcess } from './src/process.ts';
import { api, rows } from './src/query.ts';
import { REPOSITORY } from './src/tsanos.ts';

// No container engine here: our services and Prometheus start as local processes with the very arguments of the compose file; a table maps host
// names, ports and mounted paths to this machine.

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const file = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const compose = parse(file('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  it('names only what is there', () => {
    for (const [name, service] of services) {
      expect(service.image, name).toMatch(/:[\w.-]+$/);
      expect(service.image, name).not.toMatch(/:latest$/);
      for (const other of service.depends_on ?? []) expect(Object.keys(compose.services), name).toContain(other);
      for (const volume of service.volumes ?? []) {
        const [source] = volume.split(':');
        if (source.startsWith('.')) expect(existsSync(join(REPOSITORY, source)), `${name}: ${source}`).toBe(true);
        else expect(Object.keys(compose.volumes), name).toContain(source);
      }
    }
  });

  it('has the HA pair, its sidecars, a bucket, store, querier and Grafana', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'grafana',
      'minio',
      'prometheus-a',
      'prometheus-b',
      'query',
      'sidecar-a',
      'sidecar-b',
      'store',
    ]);
    const { bucket, access_key, secret_key } = (
      parse(file('deploy/compose/bucket.yml')) as { config: Record<string, string> }
    ).config;
    const { minio } = compose.services;
    expect(minio.command?.join()).toContain(`/data/${bucket} `);
    expect(minio.environment).toEqual({ MINIO_ROOT_USER: access_key, MINIO_ROOT_PASSWORD: secret_key });
  });

  it('points Grafana at the querier, with dashboards that are JSON and ask that source', () => {
    const source = parse(file('deploy/grafana/provisioning/datasources/tsanos.yml')) as {
      datasources: { uid: string; type: string; url: string }[];
    };
    expect(source.datasources[0]).toMatchObject({ type: 'prometheus', url: 'http://query:10902' });
    const provider = parse(file('deploy/grafana/provisioning/dashboards/tsanos.yml')) as {
      providers: { options: { path: string } }[];
    };
    const mounted = compose.services['grafana'].volumes!.find((one) =>
      one.includes(provider.providers[0].options.path),
    );
    const dashboard = file(`${mounted!.split(':')[0]}/tsanos-overview.json`);
    const { panels } = JSON.parse(dashboard) as { panels: { datasource: { uid: string } }[] };
    expect(panels.length).toBeGreaterThan(3);
    for (const panel of panels) expect(panel.datasource.uid).toBe(source.datasources[0].uid);
  });
});

describe('Dockerfile', () => {
  const lines = file('deploy/Dockerfile')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));

  it('has only instructions, from pinned images, and runs as uid 1001', () => {
    for (const line of lines) expect(line).toMatch(/^(FROM|WORKDIR|COPY|RUN|USER|EXPOSE|ENTRYPOINT) /);
    for (const line of lines.filter((one) => one.startsWith('FROM')))
      expect(line).toMatch(/^FROM node:24[\w.-]*( AS \w+)?$/);
    expect(lines).toContain('USER 1001');
    expect(lines.at(-1)).toBe('ENTRYPOINT ["/bin/tsanos"]');
    expect(lines.join('\n')).toContain('ln -s /bin/tsanos /bin/thanos');
    const ignored = file('.dockerignore').split('\n');
    for (const folder of ['.git', 'node_modules', 'data']) expect(ignored).toContain(folder);
  });

  it('copies a bundle that runs', async () => {
    const out = await mkdtemp(join(tmpdir(), 'tsanos-bundle-'));
    const run = promisify(execFile);
    await run(process.execPath, [join(REPOSITORY, 'scripts/bundle.mjs'), out]);
    const command = join(out, /node \/opt\/tsanos\/(\S+)/.exec(lines.join('\n'))![1]);
    const say = async (...args: string[]): Promise<string> => {
      const { stdout, stderr } = await run(process.execPath, [command, ...args], { cwd: out });
      return stdout + stderr;
    };
    expect(await say('--version')).toMatch(/version \d+\.\d+\.\d+/);
    expect(await say('store', '--help')).toContain('--objstore.config');
    expect(await say('sidecar', '--help')).toContain('--prometheus.url');
  }, 120_000);
});

const binary = findPrometheus();

describe.skipIf(binary === undefined)('the services of docker-compose.yml as local processes', () => {
  const running: TestProcess[] = [];
  const ports = new Map<string, number>();
  let root: string;
  let s3: S3Server;

  /** `store:10902` and the like to a port of this machine; `0.0.0.0:10902` to that of the service itself. */
  const toLocal = (text: string, self: string): string =>
    text
      .replaceAll(/([a-z][a-z-]*|0\.0\.0\.0):(\d{4,5})\b/g, (all, host: string, port: string) => {
        const local = ports.get(`${host === '0.0.0.0' ? self : host}:${port}`);
        return local === undefined ? all : `localhost:${local}`;
      })
      .replaceAll('scrape_interval: 15s', 'scrape_interval: 1s');

  /** Where a service's mounts are here: files are copied with their addresses mapped, volumes are folders. */
  async function mounts(name: string): Promise<[string, string][]> {
    const out: [string, string][] = [];
    for (const volume of compose.services[name].volumes ?? []) {
      const [source, target] = volume.split(':');
      const local = join(root, source.startsWith('.') ? `${name}-${basename(source)}` : source);
      if (source.startsWith('.')) await writeFile(local, toLocal(file(source), name));
      else await mkdir(local, { recursive: true });
      out.push([target, local]);
    }
    return out;
  }

  async function start(name: string): Promise<void> {
    const { image, command = [] } = compose.services[name];
    const table = await mounts(name);
    const args = command.map((arg) => {
      const mount = table.find(([target]) => arg.includes(`=${target}`));
      return toLocal(mount === undefined ? arg : arg.replace(`=${mount[0]}`, `=${mount[1]}`), name);
    });
    const own = image.startsWith('tsanos');
    const port = ports.get(`${name}:${own ? 10902 : 9090}`)!;
    // The port that Prometheus has by default is taken by its twin.
    if (!own) args.push(`--web.listen-address=localhost:${port}`);
    const program = own ? `${REPOSITORY}node_modules/.bin/tsanos` : binary!.prometheus;
    const child = new TestProcess(name, program, args);
    running.push(child);
    await child.ready(`http://localhost:${port}/-/ready`);
  }

  const now = Math.floor(Date.now() / 60_000) * 60_000;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'tsanos-compose-'));
    const { MINIO_ROOT_USER: accessKey, MINIO_ROOT_PASSWORD: secretKey } = compose.services['minio'].environment!;
    s3 = await S3Server.start({ accessKey, secretKey, buckets: ['tsanos'] });
    ports.set('minio:9000', Number(s3.endpoint.split(':')[1]));
    for (const [name] of services)
      for (const port of [9090, 10901, 10902]) ports.set(`${name}:${port}`, await freePort());
    await mkdir(join(root, 'prometheus-a'), { recursive: true });
    const made = join(root, 'made');
    await mkdir(made);
    await writePastBlocks(binary!.promtool, made, now - 9 * 3_600_000, now - 5 * 3_600_000);
    for (const name of await readdir(join(made, 'data')))
      await promisify(execFile)('cp', ['-r', join(made, 'data', name), join(root, 'prometheus-a', name)]);
    for (const name of ['prometheus-a', 'prometheus-b', 'sidecar-a', 'sidecar-b']) await start(name);
    await eventually(
      'blocks in the bucket',
      async () => s3.keys('tsanos').filter((key) => key.endsWith('/meta.json')).length >= 2,
    );
    for (const name of ['store', 'query']) await start(name);
  }, 120_000);

  afterAll(async () => {
    for (const child of running.reverse()) await child.stop();
    await s3?.close();
  });

  const base = (): string => `http://localhost:${ports.get('query:10902')!}`;
  /** What the provisioned data source adds to each request. */
  const extra = Object.fromEntries(
    new URLSearchParams(
      (
        parse(file('deploy/grafana/provisioning/datasources/tsanos.yml')) as {
          datasources: { jsonData: { customQueryParameters: string } }[];
        }
      ).datasources[0].jsonData.customQueryParameters,
    ),
  );

  it('scrape, and show the pair as one', async () => {
    const targets = async (more: Record<string, string>): Promise<number> =>
      (await rows(base(), 'query', { query: 'up == 1', ...more })).length;
    // Of each of the two Prometheus, which start to scrape at times of their own.
    await eventually('twelve targets are up', async () => (await targets({ dedup: 'false' })) === 12);
    expect(await targets(extra)).toBe(6);
  });

  it('answer for uploaded blocks as well', async () => {
    const range = { start: String(now / 1000 - 8 * 3600), end: String(now / 1000 - 6 * 3600), step: '60' };
    const series = await rows(base(), 'query_range', { query: 'test_requests_total', ...range, ...extra });
    expect(series.length).toBe(5);
    expect(series[0].values?.length).toBe(121);
  });

  it('answer each panel of the dashboard', async () => {
    const { panels } = JSON.parse(file('deploy/grafana/dashboards/tsanos-overview.json')) as {
      panels: { title: string; targets?: { expr: string }[] }[];
    };
    for (const { title, targets = [] } of panels) {
      for (const { expr } of targets) {
        const query = expr.replaceAll('$__rate_interval', '1m').replaceAll('$__interval', '15s');
        const answer = await api(base(), 'query', { query, ...extra });
        expect(answer.body.status, `${title}: ${query}: ${answer.body.error ?? ''}`).toBe('success');
      }
    }
  });
});
