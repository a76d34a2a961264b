/** A request as handlers see it, whatever server carries it. */
export interface HttpRequest {
  readonly method: string;
  /** Path without query, not decoded. */
  readonly path: string;
  /** Path parameters of the route, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Parameters of a form body, then those of the URL, each name with its values in order: as Go's `Request.Form`. */
  readonly form: URLSearchParams;
  /** Lower-case names; a repeated header joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body, when it is not a form. */
  readonly body: Uint8Array;
  readonly remoteAddress: string;
  /** Given by the client or made here; for logs and for `request-id` of calls made on behalf of this request. */
  readonly requestId: string;
  /** Aborted when the client goes away before it has the answer. */
  readonly signal: AbortSignal;
  /** Fields of the client's certificate, when it showed a verified one. */
  readonly clientCertificate: ClientCertificate | undefined;
}

export interface ClientCertificate {
  readonly commonName: string;
  readonly organization: string;
  readonly organizationalUnit: string;
}

/** An answer. Text is UTF-8. Several byte arrays are sent one after the other; an iterable is sent as it is produced. */
export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | readonly Uint8Array[] | AsyncIterable<Uint8Array>;
}

/** A path with what answers it. */
export interface HttpRoute {
  readonly methods: readonly ('GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD')[];
  /** `:name` is a path parameter; a `*` at the end takes the rest, as parameter `*`. */
  readonly path: string;
  /** Label `handler` of the request metrics; none = not counted. */
  readonly handler?: string;
  /** Without gzip and zstd, such as for what is compressed already. */
  readonly uncompressed?: boolean;
  /** With CORS headers, unless the server is told to send none. */
  readonly cors?: boolean;
  run(request: HttpRequest): Promise<HttpReply> | HttpReply;
}

/** A JSON answer. */
export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** A plain text answer. */
export function textReply(status: number, text: string): HttpReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text };
}
