// Writes src/generated/proto-files.ts from the .proto files of the repository: node packages/storeapi/scripts/embed-proto.ts
import { writeFileSync } from 'node:fs';
import { protoFilesModule } from '../src/proto/embed.ts';

writeFileSync(
  new URL('../src/generated/proto-files.ts', import.meta.url),
  protoFilesModule(new URL('../../../proto/', import.meta.url)),
);
