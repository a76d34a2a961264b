import { readFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Option } from '../option.ts';
import { goldenFolder } from '../testing/golden.ts';
import type { ProgramSpec } from './command.ts';
import { helpText } from './help-text.ts';
import { parseCommandLine, type Parsed } from './parse-command-line.ts';
import { COMMON_OPTIONS, GRPC_SERVER_OPTIONS, HTTP_OPTIONS, REQUIRED_OBJSTORE_OPTIONS } from './shared-options.ts';

const store = [
  ...HTTP_OPTIONS,
  ...GRPC_SERVER_OPTIONS,
  ...REQUIRED_OBJSTORE_OPTIONS,
  { name: 'data-dir', type: 'string', default: './data', help: '', status: 'works' },
  { name: 'index-cache-size', type: 'bytes', default: '250MB', help: '', status: 'works' },
  { name: 'chunk-pool-size', type: 'bytes', default: '2GB', help: '', status: 'works' },
  { name: 'block-discovery-strategy', type: 'string', default: 'concurrent', help: '', status: 'works' },
  { name: 'min-time', type: 'time', default: '0000-01-01T00:00:00Z', help: '', status: 'works' },
  { name: 'max-time', type: 'time', default: '9999-12-31T23:59:59Z', help: '', status: 'works' },
] as const satisfies readonly Option[];

const compact = [
  ...HTTP_OPTIONS,
  { name: 'objstore.config', type: 'file-or-content', help: '', status: 'works' },
  { name: 'compact.concurrency', type: 'int', default: '1', help: '', status: 'works' },
  { name: 'wait', short: 'w', type: 'bool', help: '', status: 'works' },
  { name: 'retention.resolution-raw', type: 'duration', default: '0d', help: '', status: 'works' },
  { name: 'delete-delay', type: 'duration', default: '48h', help: '', status: 'works' },
  { name: 'compact.block-max-index-size', type: 'bytes', default: '0', help: '', status: 'works' },
  { name: 'min-time', type: 'time', default: '0000-01-01T00:00:00Z', help: '', status: 'works' },
  { name: 'hash-func', type: 'enum', values: ['SHA256', ''], default: '', help: '', status: 'works' },
] as const satisfies readonly Option[];

const query = [
  { name: 'query.timeout', type: 'duration', default: '2m', help: '', status: 'works' },
  {
    name: 'query.promql-engine',
    type: 'enum',
    values: ['prometheus', 'thanos'],
    default: 'prometheus',
    help: '',
    status: 'works',
  },
  { name: 'query.mode', type: 'enum', values: ['local', 'distributed'], default: 'local', help: '', status: 'not-yet' },
  {
    name: 'deduplication.func',
    type: 'enum',
    values: ['penalty', 'chain'],
    default: 'penalty',
    help: '',
    status: 'works',
  },
  { name: 'grpc-compression', type: 'enum', values: ['snappy', 'none'], default: 'none', help: '', status: 'works' },
  { name: 'query.replica-label', type: 'string', repeated: true, help: '', status: 'works' },
  { name: 'query.partial-response', type: 'bool', default: 'true', help: '', status: 'works' },
  { name: 'enable-feature', type: 'string', repeated: true, help: '', status: 'works' },
  { name: 'query.enforce-tenancy', type: 'bool', help: '', status: 'not-yet' },
  { name: 'secret', type: 'string', default: '', secret: true, env: 'TEST_SECRET', help: '', status: 'works' },
] as const satisfies readonly Option[];

const mark = [
  { name: 'id', type: 'string', repeated: true, required: true, help: '', status: 'works' },
  { name: 'marker', type: 'enum', values: ['deletion-mark.json'], required: true, help: '', status: 'works' },
] as const satisfies readonly Option[];

const frontend = [
  { name: 'query-range.split-interval', type: 'duration', grammar: 'go', default: '24h', help: '', status: 'works' },
] as const satisfies readonly Option[];

const script = [
  { name: 'file', type: 'string', positional: true, repeated: true, required: true, help: 'Scripts.', status: 'works' },
  { name: 'seed', type: 'int', default: '1', help: '', status: 'works' },
] as const satisfies readonly Option[];

const program: ProgramSpec = {
  name: 'thanos',
  help: '',
  options: COMMON_OPTIONS,
  commands: [
    { name: 'store', help: '', options: async () => store },
    { name: 'script', help: '', options: async () => script },
    { name: 'compact', help: '', options: async () => compact },
    { name: 'query', help: '', options: async () => query },
    { name: 'query-frontend', help: '', options: async () => frontend },
    {
      name: 'sidecar',
      help: '',
      options: async () => [
        ...GRPC_SERVER_OPTIONS,
        {
          name: 'reloader.method',
          type: 'enum',
          values: ['http', 'signal'],
          default: 'http',
          help: '',
          status: 'works',
        },
      ],
    },
    {
      name: 'tools',
      help: '',
      commands: [{ name: 'bucket', help: '', commands: [{ name: 'mark', help: '', options: async () => mark }] }],
    },
  ],
};

const parse = (...args: string[]): Promise<Parsed> => parseCommandLine(program, args, {});

function outcome(parsed: Parsed): { exit: number; last: string } {
  if (parsed.kind === 'error') return { exit: 1, last: parsed.message };
  if (parsed.kind === 'usage') return { exit: 2, last: parsed.message };
  return { exit: 0, last: '' };
}

const folder = goldenFolder('thanos/help');

describe.skipIf(folder === undefined)("Thanos' answers to odd command lines", () => {
  const lines = folder === undefined ? [] : readFileSync(join(folder, 'cli.jsonl'), 'utf8').trim().split('\n');
  const known = ['store', 'compact', 'query', 'query-frontend', 'sidecar', 'tools', 'nope'];
  const cases = lines
    .map((line) => JSON.parse(line) as { args: string[]; exit: number; lastStderrLine: string })
    // What fails after the command line was read is the component's own, and tools that are not in this table.
    .filter(
      ({ args, lastStderrLine }) => !lastStderrLine.startsWith('level=') && args.every((arg) => arg !== 'rules-check'),
    )
    .filter(
      ({ args }) =>
        args.length === 0 || known.includes(args.find((arg) => !arg.startsWith('-')) ?? 'nope') || args[0] === 'help',
    );

  test('there are cases', () => expect(cases.length).toBeGreaterThan(35));
  test.each(cases.map((one) => [one.args.join(' '), one] as const))(
    'thanos %s',
    async (_, { args, exit, lastStderrLine }) => {
      const got = outcome(await parse(...args));
      expect(got.exit).toBe(exit);
      if (exit !== 0) expect(got.last).toBe(lastStderrLine);
    },
  );
});

describe('command line', () => {
  const values = async (...args: string[]) => {
    const parsed = await parse(...args);
    if (parsed.kind !== 'run') throw new Error(JSON.stringify(outcome(parsed)));
    return parsed.values;
  };

  test('values in all forms, typed', async () => {
    const got = await values(
      '--log.level',
      'debug',
      'query',
      '--query.timeout=1m30s',
      '--query.replica-label=a',
      '--query.replica-label',
      'b',
      '--no-query.partial-response',
    );
    expect(got.get('log.level')).toBe('debug');
    expect(got.get('query.timeout')).toBe(90_000);
    expect(got.get('query.replica-label')).toEqual(['a', 'b']);
    expect(got.get('query.partial-response')).toBe(false);
    expect(got.get('enable-feature')).toEqual([]);
    expect((await values('store', '--index-cache-size=1GB512MB', '--http-address=:0')).get('index-cache-size')).toBe(
      1.5 * 2 ** 30,
    );
    expect((await values('store', '--index-cache-size=1.5KiB')).get('index-cache-size')).toBe(1536);
    expect((await values('compact', '-w')).get('wait')).toBe(true);
    expect((await values('compact', '--compact.concurrency=1e1')).get('compact.concurrency')).toBe(10);
  });

  test('both duration grammars', async () => {
    for (const [text, ms] of [
      ['1d12h', 129_600_000],
      ['1.5h', 5_400_000],
      ['30m1h', 5_400_000],
      ['0', 0],
      ['250ms', 250],
      ['2w', 1_209_600_000],
    ] as const) {
      expect((await values('query', `--query.timeout=${text}`)).get('query.timeout')).toBe(ms);
    }
  });

  test('times are fixed or move along with the present', async () => {
    const got = await values('store', '--min-time=-1d', '--max-time=2024-01-01T00:00:00.5+01:00');
    const [min, max] = [got.get('min-time'), got.get('max-time')] as { at(now: number): number }[];
    expect(min.at(1e12)).toBe(1e12 - 86_400_000);
    expect(max.at(0)).toBe(Date.parse('2023-12-31T23:00:00.500Z'));
    const fallback = (await values('store')).get('max-time') as { at(now: number): number };
    expect(fallback.at(0)).toBe(Date.parse('9999-12-31T23:59:59Z'));
  });

  test('@file holds arguments, one a line', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tsanos-args-')), 'args');
    writeFileSync(path, '# comment\nquery\n\n--query.timeout=7s\n--query.replica-label\nspace in it\n');
    const got = await values(`@${path}`);
    expect(got.get('query.timeout')).toBe(7000);
    expect(got.get('query.replica-label')).toEqual(['space in it']);
    expect(outcome(await parse('@/does/not/exist')).exit).toBe(1);
  });

  test('an unknown flag or command names the nearest one', async () => {
    expect(outcome(await parse('query', '--query.replica-labels=x'))).toEqual({
      exit: 1,
      last: "thanos: error: unknown long flag '--query.replica-labels', did you mean '--query.replica-label'?",
    });
    expect(outcome(await parse('querry')).last).toBe(
      'thanos: error: expected command but got "querry", did you mean "query"?',
    );
  });

  test('a flag that cannot be repeated; values from the environment; -- ends flags', async () => {
    expect(outcome(await parse('query', '--query.timeout=1s', '--query.timeout=2s')).exit).toBe(2);
    const parsed = await parseCommandLine(program, ['query'], { TEST_SECRET: 'hidden' });
    expect(parsed.kind === 'run' && parsed.values.get('secret')).toBe('hidden');
    expect(outcome(await parse('query', '--', '--query.timeout=1s')).last).toBe(
      'thanos: error: unexpected --query.timeout=1s',
    );
  });

  test('arguments without flag', async () => {
    const got = await values('script', 'a.test', '--seed', '3', 'b.test');
    expect([got.get('file'), got.get('seed')]).toEqual([['a.test', 'b.test'], 3]);
    expect(outcome(await parse('script'))).toEqual({
      exit: 2,
      last: "error parsing commandline arguments: [thanos script]: required argument 'file' not provided",
    });
    expect(await helpText(program, ['script'])).toMatch(
      /^usage: thanos script \[<flags>\] <file>\.\.\.\n.*\nArgs:\n {2}<file>\.\.\. {2}Scripts\.\n/s,
    );
  });

  test('what does not work yet is found when it is set to something else than its default', async () => {
    const names = async (...args: string[]) => (await values(...args)).notYet().map((option) => option.name);
    expect(await names('query', '--query.mode=local', '--no-query.enforce-tenancy')).toEqual([]);
    expect(await names('query', '--query.mode=distributed', '--query.enforce-tenancy')).toEqual([
      'query.mode',
      'query.enforce-tenancy',
    ]);
    expect(await names('query', '--tracing.config-file=x')).toEqual(['tracing.config']);
  });

  test('the dump hides secrets and inline configurations', async () => {
    const dump = (
      await values('query', '--secret=s3cr3t', '--query.replica-label=a', '--query.replica-label=b')
    ).dump();
    expect(dump).toMatchObject({
      secret: '<REDACTED>',
      'query.replica-label': 'a,b',
      'query.timeout': '2m',
      'query.partial-response': 'true',
    });
    const inline = (await values('store', '--objstore.config=type: S3')).dump();
    expect(inline).toMatchObject({ 'objstore.config': '<REDACTED>', 'objstore.config-file': '' });
  });
});

describe('file or content', () => {
  test('content, file, both, neither, environment', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tsanos-content-')), 'x.yml');
    writeFileSync(path, 'from: file');
    const of = async (...args: string[]) => {
      const parsed = await parse('store', ...args);
      if (parsed.kind !== 'run') throw new Error('not run');
      return parsed.values.get('objstore.config') as { read(env?: NodeJS.ProcessEnv): Promise<string> };
    };
    expect(await (await of('--objstore.config=a: $(X)')).read({ X: 'y' })).toBe('a: y');
    expect(await (await of(`--objstore.config-file=${path}`)).read()).toBe('from: file');
    await expect((await of('--objstore.config=a: $(UNSET_VAR)')).read({})).rejects.toThrow(
      'found reference to unset environment variable "UNSET_VAR"',
    );
    await expect((await of('--objstore.config=a', `--objstore.config-file=${path}`)).read()).rejects.toThrow(
      'both objstore.config-file and objstore.config flags set.',
    );
    await expect((await of()).read()).rejects.toThrow(
      'flag objstore.config-file or objstore.config is required for running this command and content cannot be empty.',
    );
  });
});
