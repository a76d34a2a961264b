import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';

/** Custom metadata of a call: lower-case names; values of `-bin` names are base64 on the wire and stay so here. */
export type Metadata = Readonly<Record<string, string>>;

const RESERVED = /^(:|grpc-|content-type$|te$|user-agent$|connection$|date$)/;

/** The custom metadata of received headers: without pseudo headers and the protocol's own. */
export function metadataFromHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const out: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const name of Object.keys(headers)) {
    if (RESERVED.test(name)) continue;
    const value = headers[name];
    if (value !== undefined) out[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return out;
}

/** Adds metadata to headers to be sent; names that the protocol owns are left out. */
export function addMetadata(headers: OutgoingHttpHeaders, metadata: Metadata | undefined): void {
  if (metadata === undefined) return;
  for (const name of Object.keys(metadata)) {
    const lower = name.toLowerCase();
    if (!RESERVED.test(lower)) headers[lower] = metadata[name];
  }
}
