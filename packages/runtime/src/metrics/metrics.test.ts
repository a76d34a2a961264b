import { describe, expect, test } from 'vitest';
import { PagedSlots } from './cells.ts';
import { negotiateFormat, renderMetrics, type ForeignMetric } from './exposition.ts';
import { processMetrics } from './process-metrics.ts';
import { Registry } from './registry.ts';

const text = (registry: Registry, foreign: ForeignMetric[] = []): string =>
  renderMetrics(registry.families(), foreign, 'text');

describe('registry', () => {
  test('counters, gauges, histograms, in the text format', () => {
    const registry = new Registry();
    const counter = registry.counter('c_total', 'Counts.\nTwo lines, a \\.', ['a', 'b']);
    counter.labels('x"y', 'new\nline').inc();
    counter.labels('x"y', 'new\nline').inc(2.5);
    registry.gauge('g', 'A gauge.').labels().set(-Infinity);
    const histogram = registry.histogram('h', 'Sizes.', [1, 2.5], ['op']).labels('get');
    for (const value of [0.5, 1, 1.5, 2.5, 3]) histogram.observe(value);
    registry.gaugeFunc('asked', 'Asked.', () => 7);
    registry.counter('never_total', 'Without children.', ['x']);
    expect(text(registry)).toBe(
      [
        '# HELP asked Asked.',
        '# TYPE asked gauge',
        'asked 7',
        '# HELP c_total Counts.\\nTwo lines, a \\\\.',
        '# TYPE c_total counter',
        'c_total{a="x\\"y",b="new\\nline"} 3.5',
        '# HELP g A gauge.',
        '# TYPE g gauge',
        'g -Inf',
        '# HELP h Sizes.',
        '# TYPE h histogram',
        'h_bucket{op="get",le="1"} 2',
        'h_bucket{op="get",le="2.5"} 4',
        'h_bucket{op="get",le="+Inf"} 5',
        'h_sum{op="get"} 8.5',
        'h_count{op="get"} 5',
        '',
      ].join('\n'),
    );
  });

  test('OpenMetrics: families without _total, whole bounds as floats, the end', () => {
    const registry = new Registry();
    registry.counter('c_total', 'Counts.').labels().inc();
    registry.histogram('h', 'Sizes.', [1]).labels().observe(1);
    const open = renderMetrics(registry.families(), [], 'openmetrics');
    expect(open).toContain('# TYPE c counter\nc_total 1\n');
    expect(open).toContain('h_bucket{le="1.0"} 1\n');
    expect(open.endsWith('# EOF\n')).toBe(true);
    expect(
      negotiateFormat('application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'),
    ).toBe('openmetrics');
    expect(negotiateFormat('text/plain')).toBe('text');
    expect(negotiateFormat(undefined)).toBe('text');
  });

  test('the same metric is one; another under its name is refused; wrong label counts too', () => {
    const registry = new Registry();
    registry.counter('c_total', 'Counts.', ['a']).labels('x').inc();
    registry.counter('c_total', 'Counts.', ['a']).labels('x').inc();
    expect(text(registry)).toContain('c_total{a="x"} 2\n');
    expect(() => registry.gauge('c_total', 'Counts.', ['a'])).toThrow('registered as counter');
    expect(() => registry.counter('c_total', 'Counts.', ['a', 'b'])).toThrow('labels [a]');
    expect(() => registry.counter('c_total', 'Counts.', ['a']).labels()).toThrow('0 label values for [a]');
    expect(() => registry.counter('not-a-name', '')).toThrow('invalid');
    registry.counter('c_total', 'Counts.', ['a']).reset();
    expect(text(registry)).toBe('');
  });

  test('slots of other threads are added up, and gauges of those that are gone taken out', () => {
    const main = new Registry();
    main.counter('c_total', 'Counts.', ['a']).labels('x').inc(1);
    const spec = { name: 'c_total', help: 'Counts.', type: 'counter', labelNames: ['a'], bounds: [] } as const;
    const worker = new Registry(new PagedSlots(true), (of, values, part) => {
      expect(part.slots.buffer).toBeInstanceOf(SharedArrayBuffer);
      main.adopt(of, values, part);
    });
    worker.counter(spec.name, spec.help, spec.labelNames).labels('x').inc(10);
    worker.counter(spec.name, spec.help, spec.labelNames).labels('y').inc(100);
    expect(text(main)).toContain('c_total{a="x"} 11\nc_total{a="y"} 100\n');
    worker.counter(spec.name, spec.help, spec.labelNames).reset();
    worker.counter(spec.name, spec.help, spec.labelNames).labels('y').inc(2);
    expect(text(main)).toContain('c_total{a="x"} 1\nc_total{a="y"} 2\n');
    const part = { slots: new Float64Array([5]), at: 0 };
    const gauge = { name: 'g', help: 'A gauge.', type: 'gauge', labelNames: [], bounds: [] } as const;
    main.adopt(gauge, [], part);
    expect(text(main)).toContain('g 5\n');
    main.disown(gauge, [], part);
    expect(text(main)).not.toContain('g 5');
  });

  test("what dashboards show of Go's runtime is there, and the process's own figures", async () => {
    const registry = new Registry();
    const foreign = processMetrics(registry);
    const out = text(registry, await foreign());
    for (const name of [
      'go_goroutines',
      'go_gc_duration_seconds{quantile="1"}',
      'go_memstats_alloc_bytes',
      'go_memstats_alloc_bytes_total',
      'go_memstats_heap_alloc_bytes',
      'go_memstats_heap_inuse_bytes',
      'go_memstats_stack_inuse_bytes',
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_start_time_seconds',
      'process_open_fds',
    ]) {
      expect(out).toMatch(new RegExp(`^${name.replaceAll(/[{}"]/g, '\\$&')} [\\d.e+-]+$`, 'm'));
    }
  });
});
