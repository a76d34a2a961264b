import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Registry } from './registry.ts';

const WHAT = 'Stand-in for dashboards made for Go: ';
/** Pauses that the quantiles are taken over. */
const KEPT_PAUSES = 256;

/** Figures under the names of Go's runtime that Thanos' dashboards show, from what V8 tells of this process. */
export function goStandIns(registry: Registry): void {
  heap(registry);
  pauses(registry);
  const goroutines = registry.gauge('go_goroutines', `${WHAT}open handles and requests of the main thread.`).labels();
  registry.onScrape(() => goroutines.set(process.getActiveResourcesInfo().length));
}

function heap(registry: Registry): void {
  const used = ['go_memstats_alloc_bytes', 'go_memstats_heap_alloc_bytes'].map((name) =>
    registry.gauge(name, `${WHAT}used V8 heap and array buffers.`).labels(),
  );
  const grown = ['go_memstats_alloc_bytes_total', 'go_memstats_heap_alloc_bytes_total'].map((name) =>
    registry.counter(name, `${WHAT}growth of the used heap between scrapes, less than what was allocated.`).labels(),
  );
  const inUse = registry.gauge('go_memstats_heap_inuse_bytes', `${WHAT}V8 heap and array buffers.`).labels();
  const malloced = registry
    .gauge('go_memstats_stack_inuse_bytes', `${WHAT}memory that V8 itself took by malloc.`)
    .labels();
  let last = 0;
  registry.onScrape(() => {
    const memory = process.memoryUsage();
    const now = memory.heapUsed + memory.arrayBuffers;
    for (const cell of used) cell.set(now);
    for (const cell of grown) cell.inc(Math.max(0, now - last));
    last = now;
    inUse.set(memory.heapTotal + memory.arrayBuffers);
    malloced.set(getHeapStatistics().malloced_memory);
  });
}

function pauses(registry: Registry): void {
  const histogram = registry.histogram(
    'tsanos_gc_pause_seconds',
    'Pauses of the main thread for garbage collection.',
    [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
    ['kind'],
  );
  const recent: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // Node's types know only that a garbage collection entry has some detail.
      const kind = (entry as { detail?: { kind?: number } }).detail?.kind;
      histogram.labels(nameOf(kind)).observe(entry.duration / 1000);
      recent.push(entry.duration / 1000);
      if (recent.length > KEPT_PAUSES) recent.shift();
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const quantiles = registry.gauge('go_gc_duration_seconds', `${WHAT}pauses for garbage collection.`, ['quantile']);
  registry.onScrape(() => {
    const sorted = recent.toSorted((a, b) => a - b);
    for (const quantile of [0, 0.25, 0.5, 0.75, 1]) {
      quantiles.labels(String(quantile)).set(sorted[Math.round(quantile * (sorted.length - 1))] ?? 0);
    }
  });
}

function nameOf(kind: number | undefined): string {
  if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) return 'major';
  return kind === constants.NODE_PERFORMANCE_GC_MINOR ? 'minor' : 'other';
}
