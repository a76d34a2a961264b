import type { SecureVersion } from 'node:tls';

/** PEM texts and rules of a TLS server. With `clientCa` a client must show a certificate that it signed. */
export interface ServerTls {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
  readonly clientCa?: string | Uint8Array | undefined;
  /** Default TLSv1.3. */
  readonly minVersion?: SecureVersion | undefined;
  /** OpenSSL names, colon separated; TLS 1.2 only. */
  readonly ciphers?: string | undefined;
  /** Curve names, colon separated. */
  readonly curves?: string | undefined;
}

/** How a client checks and shows certificates. */
export interface ClientTls {
  /** Default: the system's. */
  readonly ca?: string | Uint8Array | undefined;
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  readonly serverName?: string | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
  /** Default TLSv1.3. */
  readonly minVersion?: SecureVersion | undefined;
}

function bytes(pem: string | Uint8Array | undefined): string | Buffer | undefined {
  return pem === undefined || typeof pem === 'string' ? pem : Buffer.from(pem);
}

/** Node's options for a server. */
export function serverTlsOptions(tls: ServerTls): Record<string, unknown> {
  const mutual = tls.clientCa !== undefined;
  return {
    cert: bytes(tls.cert),
    key: bytes(tls.key),
    ca: bytes(tls.clientCa),
    requestCert: mutual,
    rejectUnauthorized: mutual,
    minVersion: tls.minVersion ?? 'TLSv1.3',
    ciphers: tls.ciphers,
    ecdhCurve: tls.curves,
  };
}

/** Node's options for a client. */
export function clientTlsOptions(tls: ClientTls, host: string): Record<string, unknown> {
  const servername = tls.serverName === undefined || tls.serverName === '' ? host : tls.serverName;
  return {
    ca: bytes(tls.ca),
    cert: bytes(tls.cert),
    key: bytes(tls.key),
    // An IP address is not a legal name in the handshake; it is still checked against the certificate.
    servername: /^[\d.]+$|:/.test(servername) ? '' : servername,
    rejectUnauthorized: tls.insecureSkipVerify !== true,
    minVersion: tls.minVersion ?? 'TLSv1.3',
  };
}
