// Bundles the command into a folder: `tsanos.mjs`, `worker.mjs` and the chunks they share, with all dependencies inside. What the
// container image holds. node scripts/bundle.mjs FOLDER
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { TOP } from './toolbox.mjs';

/** `createRequire(import.meta.url)('x')` is opaque to a bundler; an import is not. */
const requireToImport = {
  name: 'require-to-import',
  transform(code) {
    const imports = [];
    const text = code.replace(/createRequire\(import\.meta\.url\)\('([^']+)'\)/g, (_, name) => {
      imports.push(`import __required${imports.length} from '${name}';\n`);
      return `__required${imports.length - 1}`;
    });
    return imports.length === 0 ? null : { code: imports.join('') + text, moduleType: 'ts' };
  },
};

const folder = resolve(process.argv[2] ?? join(TOP, 'dist'));
const bundle = await rolldown({
  input: { tsanos: join(TOP, 'packages/tsanos/src/main.ts'), worker: join(TOP, 'packages/tsanos/src/worker.ts') },
  platform: 'node',
  cwd: TOP,
  plugins: [requireToImport],
  // Heavy providers that are not installed stay imports, and fail only when they are used.
  onLog: (level, log, defaultHandler) => {
    if (log.code !== 'UNRESOLVED_IMPORT' && log.code !== 'EVAL') defaultHandler(level, log);
  },
});
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { output } = await bundle.write({
  dir: folder,
  format: 'esm',
  entryFileNames: '[name].mjs',
  chunkFileNames: 'chunk-[name]-[hash].mjs',
  minify: false,
  sourcemap: false,
});
await bundle.close();
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
const bytes = output.reduce((sum, file) => sum + (file.type === 'chunk' ? file.code.length : file.source.length), 0);
process.stdout.write(`${output.length} files, ${(bytes / 2 ** 20).toFixed(1)} MiB in ${folder}\n`);
