/** The samples of a `/metrics` page, by name: labels and value. */
export type MetricsPage = ReadonlyMap<
  string,
  readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
>;

/** Reads the text format as far as our own pages use it. */
export function parseMetrics(text: string): MetricsPage {
  const page = new Map<string, { labels: Record<string, string>; value: number }[]>();
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (found === null) continue;
    const labels: Record<string, string> = {};
    for (const [, name, value] of (found[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[name] = value;
    const samples = page.get(found[1]) ?? [];
    samples.push({ labels, value: Number(found[3].replace('Inf', 'Infinity')) });
    page.set(found[1], samples);
  }
  return page;
}

/** Scrapes the process at `base`. */
export async function scrape(base: string): Promise<MetricsPage> {
  return parseMetrics(await (await fetch(`${base}/metrics`)).text());
}

/** Sum over the series of `name` that have these labels. */
export function total(page: MetricsPage, name: string, labels: Readonly<Record<string, string>> = {}): number {
  return (page.get(name) ?? [])
    .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
