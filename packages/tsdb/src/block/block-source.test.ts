import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareLabels, encodeLabels } from '@tsanos/model';
import { fixtureSeries, seriesSourceSuite, type SourceFixture } from '@tsanos/series/testing';
import { afterAll } from 'vitest';
import { Block } from './block.ts';
import { BlockSource } from './block-source.ts';
import { BlockWriter } from './block-writer.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tsanos-source-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Writes the chunks of the fixture that `keep` accepts as one block and returns its folder. */
function write(fixture: SourceFixture, keep: (index: number) => boolean = () => true): string {
  const parent = mkdtempSync(join(scratch, 'block-'));
  const writer = new BlockWriter(parent);
  for (const { labels, chunks } of fixtureSeries(fixture).toSorted((a, b) => compareLabels(a.labels, b.labels))) {
    const kept = chunks.filter((_, i) => keep(i)).map((chunk) => ({ ...chunk, offset: 0, length: chunk.bytes.length }));
    if (kept.length > 0) writer.addSeries(encodeLabels(labels), kept);
  }
  writer.finish();
  return join(parent, writer.ulid);
}

async function sourceOf(folder: string, fixture: SourceFixture) {
  const block = await Block.open(folder);
  return { source: new BlockSource([{ block, labels: fixture.externalLabels }]), close: () => block.close() };
}

seriesSourceSuite('block', (fixture) => sourceOf(write(fixture), fixture), {
  makeBroken: (fixture) => {
    const folder = write(fixture);
    const chunks = join(folder, 'chunks', '000001');
    const bytes = readFileSync(chunks);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(chunks, bytes);
    return sourceOf(folder, fixture);
  },
});

// The same series spread over three blocks that overlap in time, one of them twice there.
seriesSourceSuite(
  'blocks',
  async (fixture) => {
    const folders = [write(fixture, (i) => i !== 1), write(fixture, (i) => i === 1), write(fixture, (i) => i < 2)];
    const blocks = await Promise.all(folders.map((folder) => Block.open(folder)));
    return {
      source: new BlockSource(blocks.map((block) => ({ block, labels: fixture.externalLabels }))),
      close: () => blocks.forEach((block) => block.close()),
    };
  },
  { joinsEqual: true },
);
