import { Labels } from '@tsanos/model';
import { goldenAvailable, goldenLines } from '@tsanos/model/testing';
import { MemoryBucket } from '@tsanos/objstore';
import { blockMessage, FrameReader, type MessageBlock } from '@tsanos/rpc';
import { toSeries, testContext, type TestSeries } from '@tsanos/series/testing';
import { SeriesDecoder, seriesBlocks } from '@tsanos/storeapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockInBucket, testStore, type TestStore } from '../testing/index.ts';
import { blockHints } from './block-hints.ts';

interface Captured {
  readonly id: string;
  readonly component: string;
  readonly path: string;
  readonly request: string;
  readonly requestJson: { readonly min_time?: number; readonly max_time?: number } | null;
  readonly responses: readonly string[];
  readonly compression?: string;
  readonly codeName: string;
}

const FROM = 1_793_923_200_000;
const TO = 1_793_937_600_000;
/** Answers that together hold every series of the time range. */
const WHOLE = ['series-regex', 'series-histograms'];
const available = goldenAvailable();
if (!available) console.warn('no golden data: captured calls of a real store are not replayed');

/** The series of answers, with external labels. */
function seriesIn(responses: readonly string[]): TestSeries[] {
  const found: TestSeries[] = [];
  const decoder = new SeriesDecoder({
    batch: (batch) => found.push(...toSeries(batch)),
    warning: () => {},
    hints: () => {},
  });
  for (const response of responses) {
    const bytes = Buffer.from(response, 'base64');
    decoder.message(bytes, 0, bytes.length);
  }
  decoder.finish();
  return found;
}

describe.skipIf(!available)('calls of a real store gateway, replayed over the same series', () => {
  const lines = available ? goldenLines<Captured>('wire', 'grpc-store.jsonl.gz') : [];
  const cases = lines.filter(
    ({ component, path, requestJson, codeName }) =>
      component === 'store' &&
      path === '/thanos.Store/Series' &&
      requestJson?.min_time === FROM &&
      requestJson.max_time === TO &&
      codeName === 'OK',
  );
  let store: TestStore;

  beforeAll(async () => {
    const bucket = new MemoryBucket();
    const all = lines.filter(({ id }) => WHOLE.includes(id)).flatMap(({ responses }) => seriesIn(responses));
    const blocks = await Promise.all(
      ['a', 'b'].map((replica) => {
        const externalLabels = Labels.from({ cluster: 'eu1', replica });
        const own = all
          .filter(({ labels }) => labels.get('replica') === replica)
          .map(({ labels, chunks }) => ({
            labels: Labels.fromSorted([...labels].filter(([name]) => !externalLabels.has(name))),
            chunks,
          }));
        return blockInBucket(bucket, own, { externalLabels });
      }),
    );
    store = await testStore(bucket, blocks);
  });
  afterAll(() => store.close());

  it.each(cases.map((line) => [line.id, line] as const))('%s', async (_, { request, responses }) => {
    const ctx = testContext();
    const options = { noMatchers: 'allow', hinted: blockHints(() => store.source) } as const;
    const reader = new FrameReader(undefined, 2 ** 30);
    const messages: MessageBlock[] = [];
    const bytes = Buffer.from(request, 'base64');
    for await (const block of seriesBlocks(store.source, bytes, 'identity', options, () => ctx))
      reader.push(Buffer.from(block), messages);
    const answer = messages.flatMap((block) =>
      Array.from({ length: block.ranges.length / 2 }, (__, i) =>
        Buffer.from(blockMessage(block, i)).toString('base64'),
      ),
    );
    expect(answer).toEqual(responses);
  });
});
