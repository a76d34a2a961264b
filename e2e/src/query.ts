/** An answer of the query API. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly status: 'success' | 'error';
    readonly data?: { readonly resultType: string; readonly result: readonly ResultRow[] };
    readonly errorType?: string;
    readonly error?: string;
    readonly warnings?: readonly string[];
    readonly infos?: readonly string[];
  };
}

export interface ResultRow {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** Calls `/api/v1/<endpoint>` of a querier or a Prometheus by form POST, as Grafana does. */
export async function api(
  base: string,
  endpoint: string,
  params: Record<string, string | readonly string[]>,
): Promise<ApiAnswer> {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of typeof value === 'string' ? [value] : value) form.append(name, one);
  }
  const response = await fetch(`${base}/api/v1/${endpoint}`, { method: 'POST', body: form });
  return { status: response.status, headers: response.headers, body: (await response.json()) as ApiAnswer['body'] };
}

/** Rows of a successful query; throws with the error of another. */
export async function rows(
  base: string,
  endpoint: 'query' | 'query_range',
  params: Record<string, string | readonly string[]>,
): Promise<readonly ResultRow[]> {
  const answer = await api(base, endpoint, params);
  if (answer.body.status !== 'success' || answer.body.data === undefined) {
    throw new Error(`${endpoint} ${JSON.stringify(params)}: ${answer.status} ${answer.body.error ?? ''}`);
  }
  return answer.body.data.result;
}
