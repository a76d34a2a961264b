import { encodeLabels, Labels } from '@tsanos/model';
import { fraction, mix, textSeed } from './random.ts';
import type { Signal } from './signals.ts';

/** What one target exposes under one name. */
export interface Template {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly signal: Signal | { readonly kind: 'native-histogram'; readonly perSecond: number; readonly phase: number };
}

/** A place where something runs that is scraped. What runs there is replaced from time to time. */
export interface Target {
  readonly job: string;
  readonly namespace: string;
  readonly slot: number;
  readonly seed: number;
  /** When in the interval it is scraped. */
  readonly offset: number;
}

/** One thing that runs at a target from `startMs` to `endMs` (excluded). */
export interface Life {
  readonly target: Target;
  readonly startMs: number;
  readonly endMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly templates: readonly Template[];
}

const SERVICES = ['api', 'checkout', 'web', 'search'] as const;
const NAMESPACES: Readonly<Record<string, string>> = {
  api: 'shop',
  checkout: 'shop',
  web: 'front',
  search: 'front',
  node: 'system',
};
const ROUTES = [
  ['/api/v1/items', 'GET', 0.55],
  ['/api/v1/items/:id', 'GET', 0.3],
  ['/api/v1/cart', 'POST', 0.1],
  ['/healthz', 'GET', 0.05],
] as const;
const CODES = [
  ['200', 0.96],
  ['404', 0.025],
  ['500', 0.015],
] as const;
/** Upper bounds in seconds and the share of requests at or below. */
const BUCKETS = [
  ['0.005', 0.08],
  ['0.01', 0.21],
  ['0.025', 0.44],
  ['0.05', 0.66],
  ['0.1', 0.83],
  ['0.25', 0.94],
  ['0.5', 0.98],
  ['1', 0.995],
  ['+Inf', 1],
] as const;
const MEAN_SECONDS = 0.061;
const MIB = 1024 * 1024;

/** Enough targets for about `series` series: services, and one node for every four of their pods. */
export function targetsFor(series: number, seed: number, histograms: boolean): Target[] {
  const targets: Target[] = [];
  let count = 0;
  for (let slot = 0; count < series || slot === 0; slot++) {
    const job = slot % 5 === 4 ? 'node' : SERVICES[slot % 5];
    const own = mix(seed, textSeed(job), slot);
    targets.push({ job, namespace: NAMESPACES[job], slot, seed: own, offset: fraction(own, 1) });
    count += templatesOf(job, own, histograms).length;
  }
  return targets;
}

/**
 * What runs at a target at any time in `[fromMs, toMs)`. `churnPerDay` is the part of the pods that is replaced in a day; nodes stay, but their
 * exporter restarts every few days.
 */
export function livesOf(
  target: Target,
  fromMs: number,
  toMs: number,
  churnPerDay: number,
  histograms: boolean,
): Life[] {
  const isNode = target.job === 'node';
  const days = isNode ? 5 : churnPerDay > 0 ? 1 / churnPerDay : 365;
  const lengthMs = Math.max(600_000, Math.round(days * 86_400_000));
  const shift = Math.round(fraction(target.seed, 2) * lengthMs);
  const lives: Life[] = [];
  for (let n = Math.floor((fromMs + shift) / lengthMs); n * lengthMs - shift < toMs; n++) {
    const seed = mix(target.seed, n % 0x7fffffff);
    lives.push({
      target,
      startMs: n * lengthMs - shift,
      endMs: (n + 1) * lengthMs - shift,
      labels: isNode ? nodeLabels(target) : podLabels(target, seed),
      templates: templatesOf(target.job, target.seed, histograms),
    });
  }
  return lives;
}

function nodeLabels({ job, slot }: Target): Record<string, string> {
  return { job, instance: `node-${String(slot).padStart(3, '0')}:9100` };
}

function podLabels({ job, namespace }: Target, seed: number): Record<string, string> {
  const pod = `${job}-${(seed >>> 8).toString(36).padStart(5, '0')}`;
  return {
    job,
    namespace,
    pod,
    instance: `10.${(seed >>> 3) & 63}.${(seed >>> 11) & 255}.${(seed >>> 19) & 255}:8080`,
  };
}

function templatesOf(job: string, seed: number, histograms: boolean): Template[] {
  const templates: Template[] = [{ name: 'up', labels: {}, signal: { kind: 'constant', value: 1 } }];
  if (job === 'node') addNode(templates, seed);
  else addService(templates, seed, histograms);
  return templates;
}

function addService(templates: Template[], seed: number, histograms: boolean): void {
  const perSecond = 5 + 45 * fraction(seed, 3);
  const phase = 6 * fraction(seed, 4);
  const counter = (share: number, whole = true): Signal => ({ kind: 'counter', perSecond, phase, share, whole });
  for (const [handler, method, share] of ROUTES) {
    for (const [code, part] of CODES) {
      templates.push({ name: 'http_requests_total', labels: { handler, method, code }, signal: counter(share * part) });
    }
  }
  for (const [handler, method, share] of histograms ? ROUTES.slice(0, 3) : []) {
    const labels = { handler, method };
    const duration = 'http_request_duration_seconds';
    for (const [le, part] of BUCKETS)
      templates.push({ name: `${duration}_bucket`, labels: { ...labels, le }, signal: counter(share * part) });
    templates.push({ name: `${duration}_count`, labels, signal: counter(share) });
    templates.push({ name: `${duration}_sum`, labels, signal: counter(share * MEAN_SECONDS, false) });
    templates.push({
      name: 'http_request_latency_seconds',
      labels,
      signal: { kind: 'native-histogram', perSecond: perSecond * share, phase },
    });
  }
  templates.push({ name: 'process_cpu_seconds_total', labels: {}, signal: counter(0.004, false) });
  addProcess(templates, seed);
}

function addProcess(templates: Template[], seed: number): void {
  const base = (100 + 400 * fraction(seed, 5)) * MIB;
  const gauge = (size: number, unit: number, part: number): Signal => ({
    kind: 'gauge',
    base: size,
    swing: size / 5,
    noise: size / 20,
    unit,
    seed: mix(seed, part),
  });
  templates.push({ name: 'process_resident_memory_bytes', labels: {}, signal: gauge(base, 4096, 6) });
  templates.push({ name: 'go_goroutines', labels: {}, signal: gauge(40 + 200 * fraction(seed, 7), 1, 8) });
  templates.push({ name: 'process_start_time_seconds', labels: {}, signal: { kind: 'start-time' } });
}

function addNode(templates: Template[], seed: number): void {
  const counter = (perSecond: number, phase: number, whole: boolean): Signal => ({
    kind: 'counter',
    perSecond,
    phase,
    share: 1,
    whole,
  });
  const modes = [
    ['idle', 0.7],
    ['user', 0.2],
    ['system', 0.08],
    ['iowait', 0.02],
  ] as const;
  for (let cpu = 0; cpu < 4; cpu++) {
    for (const [mode, share] of modes) {
      templates.push({
        name: 'node_cpu_seconds_total',
        labels: { cpu: String(cpu), mode },
        signal: counter(share, cpu + share, false),
      });
    }
  }
  for (const device of ['eth0', 'lo']) {
    for (const way of ['receive', 'transmit']) {
      const perSecond = 1e5 * (1 + 50 * fraction(seed, textSeed(device + way)));
      templates.push({
        name: `node_network_${way}_bytes_total`,
        labels: { device },
        signal: counter(perSecond, seed % 6, true),
      });
    }
  }
  const gauge = (base: number, unit: number, part: number): Signal => ({
    kind: 'gauge',
    base,
    swing: base / 4,
    noise: base / 25,
    unit,
    seed: mix(seed, part),
  });
  templates.push({ name: 'node_load1', labels: {}, signal: gauge(0.5 + 3 * fraction(seed, 9), 0.01, 10) });
  templates.push({ name: 'node_memory_MemAvailable_bytes', labels: {}, signal: gauge(8192 * MIB, 4096, 11) });
  templates.push({ name: 'node_memory_MemTotal_bytes', labels: {}, signal: { kind: 'constant', value: 16384 * MIB } });
  for (const mountpoint of ['/', '/data']) {
    templates.push({
      name: 'node_filesystem_avail_bytes',
      labels: { mountpoint },
      signal: gauge(2e11 * (1 + fraction(seed, textSeed(mountpoint))), 4096, 12),
    });
  }
}

/** The labels of one series as `SeriesBatch` holds them. */
export function seriesLabels(life: Life, template: Template): Uint8Array {
  return encodeLabels(Labels.from({ __name__: template.name, ...life.labels, ...template.labels }));
}
