import { newUlid } from '@tsanos/bytes';
import { compareLabelBytes, Labels, type Label } from '@tsanos/model';
import { BlockWriter, type BlockChunk, type BlockMeta } from '@tsanos/tsdb';
import { planBlocks, type PlannedBlock } from './block-plan.ts';
import { livesOf, seriesLabels, targetsFor, type Life, type Target, type Template } from './catalog.ts';
import { histogramChunks } from './histogram-writer.ts';
import { mix } from './random.ts';
import { scrape, scrapesFor, type Scraper, type Scrapes } from './scrapes.ts';
import { FloatSeriesWriter } from './series-writer.ts';
import { thanosSection } from './thanos-section.ts';

const DAY_MS = 86_400_000;

export interface GenerateOptions {
  /** Gets the block folders; made when missing. */
  readonly folder: string;
  /** End of the data in ms, excluded; now by default. With it and the seed, all samples are determined. */
  readonly endMs?: number;
  readonly seed?: number;
  /** About so many series of a replica are alive at a time. */
  readonly series?: number;
  /** Prometheus replicas that scrape the same targets. */
  readonly replicas?: number;
  readonly days?: number;
  /** Between two scrapes, ms. */
  readonly intervalMs?: number;
  /** Part of the pods that is replaced in a day. */
  readonly churnPerDay?: number;
  /** Part of the hours in which a replica is down for a few minutes. */
  readonly gaps?: number;
  /** Whether services expose histograms, classic (`http_request_duration_seconds`) and native (`http_request_latency_seconds`); they do by default. */
  readonly histograms?: boolean;
  /** External labels besides `replica`. */
  readonly labels?: Iterable<Label>;
  readonly signal?: AbortSignal;
  /** Told of each block that is complete. */
  readonly onBlock?: (block: GeneratedBlock) => void;
}

export interface GeneratedBlock {
  readonly meta: BlockMeta;
  readonly labels: Labels;
}

/**
 * Writes believable data into block folders with Thanos' meta.json, ready to be served as a filesystem bucket: web services with
 * `http_requests_total`, latency histograms, process and node metrics, `up`; counters that begin again when a pod is replaced; HA replicas that scrape the
 * same targets at other moments and miss some. Returns what was written, in order of replica and time.
 */
export async function generateBlocks(options: GenerateOptions): Promise<GeneratedBlock[]> {
  const { seed = 1, series = 500, replicas = 2, days = 1, gaps = 0.05, intervalMs = 15_000 } = options;
  const endMs = options.endMs ?? Date.now();
  const targets = targetsFor(series, seed, options.histograms ?? true);
  const blocks: GeneratedBlock[] = [];
  for (let replica = 0; replica < replicas; replica++) {
    const labels = Labels.from([...(options.labels ?? [['cluster', 'demo']]), ['replica', `prometheus-${replica}`]]);
    const scraper = { seed, replica, intervalMs, gaps };
    for (const plan of planBlocks(endMs - days * DAY_MS, endMs)) {
      const meta = await writeBlock(options, plan, targets, scraper, labels, endMs);
      if (meta === undefined) continue;
      const block = { meta, labels };
      blocks.push(block);
      options.onBlock?.(block);
    }
  }
  return blocks;
}

/** A series of a block before its samples are made. */
interface PlannedSeries {
  readonly labels: Uint8Array;
  readonly life: Life;
  readonly template: Template;
}

async function writeBlock(
  options: GenerateOptions,
  plan: PlannedBlock,
  targets: readonly Target[],
  scraper: Scraper,
  labels: Labels,
  endMs: number,
): Promise<BlockMeta | undefined> {
  const planned = planSeries(targets, plan, options);
  // The id carries the time at which such a block is uploaded, and chance that repeats.
  const ulid = seededUlid(plan.toMs, mix(scraper.seed, scraper.replica, plan.fromMs / 1000));
  const writer = new BlockWriter(options.folder, { ulid, tombstones: false });
  const scrapes = new Map<Life, Scrapes>();
  const floats = new FloatSeriesWriter();
  let lastPause = performance.now();
  try {
    for (let i = 0; i < planned.length;) {
      const { labels: own } = planned[i];
      const chunks: BlockChunk[] = [];
      // What restarts under the same labels goes on with the same series.
      for (; i < planned.length && Buffer.compare(planned[i].labels, own) === 0; i++) {
        const { life, template } = planned[i];
        let times = scrapes.get(life);
        if (times === undefined) {
          times = scrapesFor(plan.toMs - plan.fromMs, scraper.intervalMs);
          scrape(scraper, life, plan.fromMs, plan.toMs, times);
          scrapes.set(life, times);
        }
        const { signal } = template;
        if (signal.kind === 'native-histogram')
          chunks.push(...histogramChunks(times, signal.perSecond, signal.phase, life.startMs));
        else chunks.push(...floats.chunks(times, signal, life.startMs, template.name === 'up'));
      }
      if (chunks.length > 0) writer.addSeries(own, chunks);
      if (performance.now() - lastPause > 5) {
        await new Promise((resolve) => setImmediate(resolve));
        options.signal?.throwIfAborted();
        lastPause = performance.now();
      }
    }
    return writer.finish({
      minTime: plan.fromMs,
      maxTime: plan.toMs,
      compaction: { level: plan.level, sources: [ulid] },
      extra: (files) => thanosSection(files, labels, new Date(endMs)),
    });
  } catch (error) {
    writer.abort();
    throw error;
  }
}

function planSeries(targets: readonly Target[], plan: PlannedBlock, options: GenerateOptions): PlannedSeries[] {
  const { churnPerDay = 0.25, histograms = true } = options;
  const planned: PlannedSeries[] = [];
  for (const target of targets) {
    for (const life of livesOf(target, plan.fromMs, plan.toMs, churnPerDay, histograms)) {
      for (const template of life.templates) planned.push({ labels: seriesLabels(life, template), life, template });
    }
  }
  planned.sort(
    (a, b) =>
      compareLabelBytes(a.labels, 0, a.labels.length, b.labels, 0, b.labels.length) || a.life.startMs - b.life.startMs,
  );
  return planned;
}

const ULID_DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID whose random part comes from a seed. */
function seededUlid(timeMs: number, seed: number): string {
  let text = newUlid(timeMs).slice(0, 10);
  for (let i = 0; i < 16; i++) text += ULID_DIGITS[mix(seed, i) & 31];
  return text;
}
