import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goldenFolder } from '@tsanos/runtime/testing';
import { describe, expect, test } from 'vitest';
import { ledger, PARSER_FLAGS } from './ledger.ts';
import { optionsRead, type SourceFile } from './option-reads.ts';

interface ThanosFlag {
  readonly name: string;
  readonly default?: readonly string[];
  readonly bool?: boolean;
  readonly hidden?: boolean;
  readonly repeatable?: boolean;
}

const TOP = fileURLToPath(new URL('../../../..', import.meta.url));
const FLAGS = join(TOP, 'packages/tsanos/testdata/thanos-flags.json');
const thanos = JSON.parse(readFileSync(FLAGS, 'utf8')) as Readonly<Record<string, readonly ThanosFlag[]>>;
const rows = await ledger();
const golden = goldenFolder('thanos/help');

describe('flag ledger', () => {
  test.skipIf(golden === undefined)("the list of Thanos' flags is that of the golden data", () => {
    const all = JSON.parse(readFileSync(join(golden!, 'flags.json'), 'utf8')) as typeof thanos;
    for (const command of Object.keys(thanos)) expect(thanos[command]).toEqual(all[command]);
  });

  test.each(Object.keys(thanos))("has every flag of Thanos' %s, of the same kind and default", (command) => {
    for (const flag of thanos[command]) {
      if (PARSER_FLAGS.has(flag.name)) continue;
      const row = rows.find((one) => one.command === command && one.flag === flag.name);
      expect(row, `--${flag.name} of ${command}`).toBeDefined();
      const { option } = row!;
      expect([flag.name, option.repeated === true], 'repeatable').toEqual([flag.name, flag.repeatable === true]);
      expect([flag.name, option.hidden === true], 'hidden').toEqual([flag.name, flag.hidden === true]);
      expect([flag.name, option.type === 'bool'], 'bool').toEqual([flag.name, flag.bool === true]);
      const fallback = (flag.default ?? []).join(',');
      expect([flag.name, option.default ?? (option.type === 'bool' ? 'false' : '')], 'default').toEqual([
        flag.name,
        fallback,
      ]);
    }
  });

  test.each(Object.keys(thanos))("%s has no flag that is neither Thanos' nor marked as ours", (command) => {
    const names = new Set(thanos[command].map((flag) => flag.name));
    expect(
      rows.filter((row) => row.command === command && !row.ours && !names.has(row.flag)).map((row) => row.flag),
    ).toEqual([]);
  });

  test('no name twice in a command', () => {
    const names = rows.map((row) => `${row.command} --${row.flag}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

function sources(folder: string): SourceFile[] {
  return globSync(`${folder}/src/**/*.ts`, { cwd: TOP })
    .filter((path) => !/\.(test|bench|soak)\.ts$|\/testing\/|options\.ts$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(TOP, path), 'utf8') }));
}

describe('every option that is said to work is read', () => {
  const shared = sources('packages/runtime');
  const command = sources('packages/tsanos');
  // Where the code of a command is, beside that of the command line itself.
  const folders: Readonly<Record<string, readonly string[]>> = {
    common: [],
    sidecar: ['packages/sidecar'],
    store: ['packages/store'],
    query: ['packages/querier'],
    all: ['packages/store', 'packages/querier'],
    'tools bucket generate': ['packages/tools'],
    'tools rules-check': [],
    'tools rules-test': [],
  };

  test('a command is not forgotten', () => {
    expect([...new Set(rows.map((row) => row.command))].sort()).toEqual(Object.keys(folders).sort());
  });

  test.each(Object.keys(folders))('%s', (name) => {
    const own = [...command, ...folders[name].flatMap(sources)];
    if (name !== 'common' && !landed(name, own)) {
      console.warn(`the code of ${name} is not there yet: its options are not checked`);
      return;
    }
    const read = optionsRead(own, shared);
    const unread = rows.filter((row) => row.command === name && row.status === 'works' && !read.has(row.option.name));
    expect([...new Set(unread.map((row) => row.option.name))]).toEqual([]);
  });

  test('the search finds what is read, and only that', () => {
    const file = (text: string): SourceFile => ({ path: '', text });
    const helper = file("export function settingsOf(o) { return o.get('by-helper'); }");
    expect(optionsRead([file("x.get('a-b'); y.given('c'); flags['d']; settingsOf(x)")], [helper])).toEqual(
      new Set(['a-b', 'c', 'd', 'by-helper']),
    );
    expect(optionsRead([file("x.get('a-b')")], [helper])).toEqual(new Set(['a-b']));
    expect(optionsRead([file("const name = 'mentioned-only';")], [])).toEqual(new Set());
  });
});

/** Whether the package of a command exports what the command starts. */
function landed(name: string, own: readonly SourceFile[]): boolean {
  const starts: Readonly<Record<string, string>> = {
    sidecar: 'createSidecar',
    store: 'createStore',
    query: 'createQuerier',
    all: 'createAll',
    'tools bucket generate': 'generateBucket',
    'tools rules-check': 'runRulesCheckCommand',
    'tools rules-test': 'runRulesTestCommand',
  };
  return own.some(({ text }) => new RegExp(`export (?:async )?(?:function|const) ${starts[name]}\\b`).test(text));
}
