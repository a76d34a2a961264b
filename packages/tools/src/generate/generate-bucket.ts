import type { Logger } from '@tsanos/bytes';
import { createBucket, parseBucketConfig } from '@tsanos/objstore';
import type { OptionValues } from '@tsanos/runtime';
import { GENERATE_OPTIONS } from '../options.ts';
import { generateToBucket } from './upload-blocks.ts';

/** `tsanos tools bucket generate`: fills a bucket with believable data that ends now. */
export async function generateBucket(values: OptionValues, log: Logger, signal: AbortSignal): Promise<void> {
  const options = values.part(GENERATE_OPTIONS);
  const config = parseBucketConfig(await options.get('objstore.config').read());
  const bucket = createBucket(config);
  const replicas = options.get('replicas');
  const started = performance.now();
  let samples = 0;
  try {
    const blocks = await generateToBucket(bucket, {
      endMs: options.get('end').at(Date.now()),
      seed: options.get('seed'),
      series: Math.ceil(options.get('series') / Math.max(1, replicas)),
      replicas,
      days: options.get('days'),
      intervalMs: options.get('scrape-interval'),
      churnPerDay: options.get('churn'),
      histograms: options.get('histograms'),
      signal,
      onBlock: ({ meta }) => {
        samples += meta.stats.numSamples ?? 0;
      },
    });
    log.info('generated data', {
      bucket: bucket.name,
      blocks: blocks.length,
      samples,
      ms: Math.round(performance.now() - started),
    });
  } finally {
    await bucket.close();
  }
}
