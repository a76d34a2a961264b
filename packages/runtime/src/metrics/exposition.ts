import type { Family } from './family.ts';

/** A metric that comes ready made, as prom-client's defaults do. */
export interface ForeignMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly value: number;
  }[];
}

export type ExpositionFormat = 'text' | 'openmetrics';

/** Content types of the two formats. */
export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
};

/** The format a scraper's Accept header asks for: OpenMetrics when it is named and not weighed below the text format. */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  let open = 0;
  let text = 0;
  for (const part of (accept ?? '').split(',')) {
    const [type, ...params] = part.trim().toLowerCase().split(';');
    const q = Number(params.map((p) => /^\s*q=([\d.]+)/.exec(p)?.[1]).find((p) => p !== undefined) ?? 1);
    if (type === 'application/openmetrics-text') open = Math.max(open, q);
    else if (type === 'text/plain') text = Math.max(text, q);
  }
  return open > 0 && open >= text ? 'openmetrics' : 'text';
}

/** Renders metrics in Prometheus' text format 0.0.4 or OpenMetrics 1.0. */
export function renderMetrics(
  families: readonly Family[],
  foreign: readonly ForeignMetric[],
  format: ExpositionFormat,
): string {
  const lines: string[] = [];
  for (const family of families) renderFamily(family, format, lines);
  for (const metric of foreign) {
    header(metric.name, metric.help, metric.type, format, lines);
    for (const { name, labels, value } of metric.values) {
      const pairs = Object.entries(labels).map(([label, text]) => pair(label, String(text)));
      lines.push(`${name}${braces(pairs)} ${formatValue(value)}`);
    }
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function renderFamily(family: Family, format: ExpositionFormat, lines: string[]): void {
  const { name, help, type, labelNames, bounds } = family.spec;
  let headed = false;
  for (const { labelValues, values } of family.rows()) {
    if (!headed) header(name, help, type, format, lines);
    headed = true;
    const pairs = labelNames.map((label, i) => pair(label, labelValues[i]!));
    if (type !== 'histogram') {
      lines.push(`${name}${braces(pairs)} ${formatValue(values[0]!)}`);
      continue;
    }
    let count = 0;
    bounds.forEach((bound, i) => {
      count += values[i]!;
      lines.push(`${name}_bucket${braces([...pairs, pair('le', formatBound(bound, format))])} ${formatValue(count)}`);
    });
    count += values[bounds.length]!;
    lines.push(`${name}_bucket${braces([...pairs, pair('le', '+Inf')])} ${formatValue(count)}`);
    lines.push(`${name}_sum${braces(pairs)} ${formatValue(values[bounds.length + 1]!)}`);
    lines.push(`${name}_count${braces(pairs)} ${formatValue(count)}`);
  }
}

function header(name: string, help: string, type: string, format: ExpositionFormat, lines: string[]): void {
  // OpenMetrics names a counter's family without the suffix of its samples.
  const counter = format === 'openmetrics' && type === 'counter';
  const family = counter && name.endsWith('_total') ? name.slice(0, -'_total'.length) : name;
  const kind = counter && !name.endsWith('_total') ? 'unknown' : type;
  const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  lines.push(
    `# HELP ${family} ${format === 'openmetrics' ? text.replaceAll('"', '\\"') : text}`,
    `# TYPE ${family} ${kind}`,
  );
}

function pair(name: string, value: string): string {
  return `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function braces(pairs: readonly string[]): string {
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function formatBound(bound: number, format: ExpositionFormat): string {
  return format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0` : formatValue(bound);
}

function formatValue(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}
