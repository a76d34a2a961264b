import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, type Logger } from '@tsanos/bytes';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ActiveQueryLog } from './active-queries.ts';

let folder = '';
let told: unknown[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsanos-active-'));
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const log: Logger = { ...silentLogger, info: (_text, fields) => void told.push(fields?.['queries']) };

function content(): string {
  return readFileSync(join(folder, 'queries.active'), 'utf8');
}

function entries(): unknown {
  const text = content().replaceAll('\0', '');
  return JSON.parse(`${text.endsWith(',') ? text.slice(0, -1) : text}]`);
}

test('shows what runs, in places of 1,000 bytes', async () => {
  const active = new ActiveQueryLog(folder, 2, log);
  const during = await active.during('up{a="ü"}', 1_700_000_000_500, () =>
    active.during('sum(x)', 1_700_000_001_000, () => Promise.resolve([content(), entries()])),
  );
  expect(during[1]).toEqual([
    { query: 'up{a="ü"}', timestamp_sec: 1_700_000_000 },
    { query: 'sum(x)', timestamp_sec: 1_700_000_001 },
  ]);
  const bytes = Buffer.from(String(during[0]));
  expect(bytes.length).toBe(2001);
  expect([bytes[1000], bytes[2000]]).toEqual([44, 44]);
  expect(entries()).toEqual([]);
  active.close();
});

test('forgets a query that failed, and runs one too many without noting it', async () => {
  const active = new ActiveQueryLog(folder, 1, log);
  await expect(active.during('a', 0, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await active.during('b', 0, () => active.during('c', 0, () => Promise.resolve(entries())))).toEqual([
    { query: 'b', timestamp_sec: 0 },
  ]);
  active.close();
});

test('cuts long queries so that they stay JSON', async () => {
  const active = new ActiveQueryLog(folder, 1, log);
  for (const text of ['x'.repeat(5000), '\u0001'.repeat(5000), '€'.repeat(5000), '😀"'.repeat(2000)]) {
    const [{ query }] = (await active.during(text, 2e12, () => Promise.resolve(entries()))) as { query: string }[];
    expect(query.length).toBeGreaterThan(100);
  }
  active.close();
});

test('tells what the last run left', () => {
  writeFileSync(
    join(folder, 'queries.active'),
    `[{"query":"up","timestamp_sec":1}\0\0,\0\0{"query":"b","timestamp_sec":2}\0,\0`,
  );
  new ActiveQueryLog(folder, 1, log).close();
  new ActiveQueryLog(folder, 1, log).close();
  expect(told).toEqual(['[{"query":"up","timestamp_sec":1},{"query":"b","timestamp_sec":2}]']);
});

test('may be closed while a query runs', async () => {
  const active = new ActiveQueryLog(folder, 1, log);
  await active.during('a', 0, () => Promise.resolve(active.close()));
  expect(entries()).toEqual([{ query: 'a', timestamp_sec: 0 }]);
});

test('names the flag when the folder cannot be written', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => new ActiveQueryLog(join(folder, 'file'), 1, log)).toThrow('--query.active-query-path');
});
