import { TsanosError } from '@tsanos/bytes';

/** Go's names of the cipher suites it has, with OpenSSL's. */
const CIPHERS: Readonly<Record<string, string>> = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
};

const CURVES: Readonly<Record<string, string>> = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
};

const VERSIONS = { '1.0': 'TLSv1', '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;

/** Node's name of a TLS version as flags and configurations write it (`1.2`); '' is 1.3. `source` is named in the error. */
export function nodeTlsVersion(version: string, source: string): (typeof VERSIONS)[keyof typeof VERSIONS] {
  const name = version === '' ? '1.3' : version;
  if (!Object.hasOwn(VERSIONS, name)) {
    throw new TsanosError(
      'bad-input',
      'tls-version',
      `${source}: TLS version ${JSON.stringify(version)} is none of 1.0, 1.1, 1.2, 1.3`,
    );
  }
  return VERSIONS[name as keyof typeof VERSIONS];
}

/** OpenSSL's list for Go's names; undefined for none. */
export function nodeCiphers(names: readonly string[], source: string): string | undefined {
  return translate(names, CIPHERS, source, 'TLS cipher suite');
}

/** Node's list for Go's names of curves; undefined for none. */
export function nodeCurves(names: readonly string[], source: string): string | undefined {
  return translate(names, CURVES, source, 'TLS curve');
}

function translate(
  names: readonly string[],
  table: Readonly<Record<string, string>>,
  source: string,
  what: string,
): string | undefined {
  if (names.length === 0) return undefined;
  return names
    .map((name) => {
      if (Object.hasOwn(table, name)) return table[name];
      throw new TsanosError(
        'bad-input',
        'tls-name',
        `${source}: ${what} ${JSON.stringify(name)} is unknown; there are ${Object.keys(table).join(', ')}`,
      );
    })
    .join(':');
}
