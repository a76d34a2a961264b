import type { HttpRoute } from '@tsanos/runtime';
import type { EndpointStatus } from '../endpoints/endpoint-set.ts';

/** `/`: what runs here and what to try. */
export function startPage(prefix: string, statuses: () => readonly EndpointStatus[]): HttpRoute {
  return {
    methods: ['GET'],
    path: `${prefix}/`,
    handler: 'root',
    run: () => ({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: page(prefix, statuses()),
    }),
  };
}

function page(prefix: string, statuses: readonly EndpointStatus[]): string {
  const rows = statuses.map(({ endpoint, info, lastError }) => {
    const labels = (info?.labelSets ?? []).map((set) => JSON.stringify(set)).join(' ');
    const cells = [endpoint.address, info?.componentType ?? 'unknown', labels, lastError ?? 'up'];
    return `<tr>${cells.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`;
  });
  const tries = [
    ['query?query=sum(rate(http_requests_total[5m]))', 'requests per second, all replicas as one'],
    ['query?query=sum(rate(http_requests_total[5m]))&dedup=false', 'the same, replicas counted twice'],
    ['query?query=count by (__name__)({__name__=~".%2B"})', 'series by metric name'],
    ['stores', 'the endpoints behind this view'],
  ];
  const links = tries.map(
    ([path, text]) =>
      `<li><a href="${prefix}/api/v1/${escape(path)}"><code>${escape(path)}</code></a> ${escape(text)}</li>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tsanos</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.4rem;text-align:left;vertical-align:top}code{background:#f4f4f4;padding:.1rem .3rem}
</style></head><body><h1>Tsanos</h1>
<p>A global, deduplicated view of your Prometheus servers and of what they stored. Point Grafana at this address as a Prometheus data source.</p>
<h2>Endpoints</h2><table><tr><th>Address</th><th>Type</th><th>External labels</th><th>State</th></tr>${rows.join('') || '<tr><td colspan="4">none yet: give --endpoint=host:port</td></tr>'}</table>
<h2>Try</h2><ul>${links.join('')}</ul>
<p><a href="/metrics">metrics</a> · <a href="/-/ready">readiness</a></p></body></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
}
