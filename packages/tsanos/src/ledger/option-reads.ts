/** A source file: path from the top of the repository, and text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const READ = /(?:\.(?:get|given)\(\s*|flags\[)'([^']+)'/g;
const EXPORTED = /export (?:async )?(?:function|class|const) (\w+)/g;

/**
 * Which options the code of a package reads: those it asks for by name itself, and those that a function of another package
 * reads whose name it mentions.
 */
export function optionsRead(own: readonly SourceFile[], others: readonly SourceFile[]): Set<string> {
  const read = new Set<string>();
  const words = new Set<string>();
  for (const { text } of own) {
    for (const match of text.matchAll(READ)) read.add(match[1]);
    for (const match of text.matchAll(/\w+/g)) words.add(match[0]);
  }
  for (const { text } of others) {
    const names = [...text.matchAll(EXPORTED)].map((match) => match[1]);
    if (!names.some((name) => words.has(name))) continue;
    for (const match of text.matchAll(READ)) read.add(match[1]);
  }
  return read;
}
