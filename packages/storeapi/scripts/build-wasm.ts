// Compiles assembly/xxhash64.ts and embeds it in src/xxhash-wasm.ts: node packages/storeapi/scripts/build-wasm.ts
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const out = join(mkdtempSync(join(tmpdir(), 'tsanos-wasm-')), 'xxhash64.wasm');
const compiler = path('../../../node_modules/assemblyscript/bin/asc.js');
execFileSync(process.execPath, [compiler, path('../assembly/xxhash64.ts'), '-o', out, '-O3', '--runtime', 'stub', '--initialMemory', '4'], { stdio: 'inherit' });
const text = readFileSync(out).toString('base64');
writeFileSync(
  path('../src/xxhash-wasm.ts'),
  `// Made from assembly/xxhash64.ts by scripts/build-wasm.ts. Do not edit.\nexport const XXHASH_WASM =\n  '${text}';\n`,
);
