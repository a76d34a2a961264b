import { readdirSync, readFileSync } from 'node:fs';

/** Text of the module that holds the `.proto` files below `folder`, so that the command runs without them beside it. */
export function protoFilesModule(folder: URL): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.proto'))
    .sort();
  const entries = names.map((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    return `  ${JSON.stringify(name)}: \`${text.replace(/[\\`$]/g, '\\$&')}\`,\n`;
  });
  return `// Made from proto/ by packages/storeapi/scripts/embed-proto.ts. Do not edit.\nexport const PROTO_FILES: Readonly<Record<string, string>> = {\n${entries.join('')}};\n`;
}
