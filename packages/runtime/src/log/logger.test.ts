import { describe, expect, test } from 'vitest';
import { createLogger } from './logger.ts';

const now = (): Date => new Date('2026-01-02T03:04:05.678Z');

function lines(
  options: { level?: 'debug' | 'info' | 'warn'; format?: 'logfmt' | 'json' | 'journald'; name?: string } = {},
) {
  const out: string[] = [];
  const log = createLogger({
    level: options.level ?? 'info',
    format: options.format ?? 'logfmt',
    name: options.name ?? '',
    write: (line) => out.push(line),
    now,
  });
  return { log, out };
}

describe('logger', () => {
  test("logfmt with Thanos' keys, the caller and quoted values", () => {
    const { log, out } = lines({ name: 'n1' });
    log.with({ component: 'store' }).info('a "quoted" message', {
      bytes: 3,
      ok: true,
      empty: '',
      none: undefined,
      path: 'a=b',
      err: new Error('outer', { cause: new Error('inner') }),
    });
    expect(out[0]).toMatch(
      /^ts=2026-01-02T03:04:05\.678Z caller=logger\.test\.ts:\d+ level=info msg="a \\"quoted\\" message" name=n1 component=store bytes=3 ok=true empty="" path="a=b" err="outer: inner"\n$/,
    );
  });

  test('levels below the least are dropped', () => {
    const { log, out } = lines({ level: 'warn' });
    log.debug('x');
    log.info('x');
    log.warn('x');
    log.error('x');
    expect(out.map((line) => /level=(\w+)/.exec(line)?.[1])).toEqual(['warn', 'error']);
  });

  test('JSON and journald', () => {
    const json = lines({ format: 'json' });
    json.log.info('hi', { n: 1, err: new Error('bad') });
    expect(JSON.parse(json.out[0])).toMatchObject({
      ts: '2026-01-02T03:04:05.678Z',
      level: 'info',
      msg: 'hi',
      n: 1,
      err: 'bad',
    });
    const journald = lines({ format: 'journald' });
    journald.log.error('hi\nthere');
    expect(journald.out[0]).toMatch(/^<3>caller=\S+ level=error msg="hi\\nthere"\n$/);
  });
});
