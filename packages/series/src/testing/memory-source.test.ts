import { MemorySource } from './memory-source.ts';
import { fixtureSeries, seriesSourceSuite } from './series-source-suite.ts';

seriesSourceSuite(
  'memory',
  (fixture) => {
    const source = new MemorySource(fixtureSeries(fixture), { externalLabels: fixture.externalLabels, batchSize: 20 });
    return { source, reads: () => source.reads };
  },
  {
    makeBroken: (fixture) => ({
      source: new MemorySource(fixtureSeries(fixture), {
        externalLabels: fixture.externalLabels,
        batchSize: 20,
        failAfter: 2,
      }),
    }),
  },
);
