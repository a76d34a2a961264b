import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { protoFilesModule } from './embed.ts';
import { fileDescriptors } from './schema.ts';

describe('proto files', () => {
  test('what is embedded is what lies in proto/', () => {
    const embedded = readFileSync(new URL('../generated/proto-files.ts', import.meta.url), 'utf8');
    expect(embedded === protoFilesModule(new URL('../../../../proto/', import.meta.url))).toBe(true);
  });

  test('descriptors declare every service and import only what is there', () => {
    const files = fileDescriptors();
    const names = new Set(files.map((file) => file.name));
    const symbols = new Set(files.flatMap((file) => file.symbols));
    for (const file of files) {
      for (const dependency of file.dependencies) expect(names).toContain(dependency);
      expect(file.bytes.length).toBeGreaterThan(20);
    }
    for (const name of [
      'thanos.Store',
      'thanos.Store.Series',
      'thanos.info.Info',
      'thanos.Rules',
      'thanos.Query',
      'hintspb.QueryStats',
      'prometheus_copy.Histogram',
    ])
      expect(symbols).toContain(name);
  });
});
