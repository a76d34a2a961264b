import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Server } from 'node:http';
import { Server as TlsServer, type SecureContextOptions, type TlsOptions } from 'node:tls';
import { TsanosError } from '@tsanos/bytes';
import { z } from 'zod';
import { bcryptMatches, isBcryptHash } from './bcrypt.ts';
import { parseYamlConfig } from '../config/yaml-config.ts';
import { nodeCiphers, nodeCurves } from '../tls/go-names.ts';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

const CLIENT_AUTH = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
const VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
const versions = z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13']);

const schema = z.strictObject({
  tls_server_config: z
    .strictObject({
      cert_file: z.string(),
      key_file: z.string(),
      client_auth_type: z.enum(CLIENT_AUTH).default('NoClientCert'),
      client_ca_file: z.string().default(''),
      min_version: versions.default('TLS12'),
      max_version: versions.default('TLS13'),
      cipher_suites: z.array(z.string()).default([]),
      prefer_server_cipher_suites: z.boolean().default(true),
      curve_preferences: z.array(z.string()).default([]),
    })
    .optional(),
  http_server_config: z.strictObject({ http2: z.boolean().default(true) }).optional(),
  basic_auth_users: z.record(z.string(), z.string()).default({}),
});

type Parsed = z.infer<typeof schema>;

/** How often certificate files are looked at for a rotation. */
const TLS_POLL_MS = 10_000;
/** Credentials that proved right are remembered as a keyed hash, so that bcrypt runs once for each. */
const REMEMBERED = 100;

/** `--http.config`: TLS and users of the HTTP listener. Users and certificates follow the files without a restart. */
export class WebConfig {
  readonly #path: string;
  #parsed: Parsed;
  #text: string;
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, string>();
  /** What an unknown user is checked against, so that it takes as long as a known one. */
  readonly #decoy = `$2b$10$${'a'.repeat(53)}`;

  private constructor(path: string, text: string, parsed: Parsed) {
    this.#path = path;
    this.#text = text;
    this.#parsed = parsed;
  }

  /** Reads and checks the file; undefined for an empty path. */
  static async load(path: string): Promise<WebConfig | undefined> {
    if (path === '') return undefined;
    const text = await readText(path, '--http.config');
    const parsed = parseWebConfig(text, path);
    const config = new WebConfig(path, text, parsed);
    await config.tlsOptions();
    return config;
  }

  get hasTls(): boolean {
    return this.#parsed.tls_server_config !== undefined;
  }

  /** Options for an https server, undefined without TLS. Throws for files that cannot be read. */
  async tlsOptions(): Promise<TlsOptions | undefined> {
    const tls = this.#parsed.tls_server_config;
    if (tls === undefined) return undefined;
    const mode = tls.client_auth_type;
    const verify = mode === 'VerifyClientCertIfGiven' || mode === 'RequireAndVerifyClientCert';
    if (verify && tls.client_ca_file === '') {
      throw new TsanosError(
        'bad-input',
        'web-config-client-ca',
        `${this.#path}: client_auth_type ${mode} needs client_ca_file`,
      );
    }
    if (mode === 'RequestClientCert' || mode === 'RequireAnyClientCert' || mode === 'VerifyClientCertIfGiven') {
      throw new TsanosError(
        'unsupported',
        'web-config-client-auth',
        `${this.#path}: client_auth_type ${mode} is not supported; use NoClientCert or RequireAndVerifyClientCert`,
      );
    }
    const secure: SecureContextOptions = {
      cert: await this.#file(tls.cert_file),
      key: await this.#file(tls.key_file),
      ca: tls.client_ca_file === '' ? undefined : await this.#file(tls.client_ca_file),
      minVersion: VERSIONS[tls.min_version],
      maxVersion: VERSIONS[tls.max_version],
      ciphers: nodeCiphers(tls.cipher_suites, this.#path),
      ecdhCurve: nodeCurves(tls.curve_preferences, this.#path),
      honorCipherOrder: tls.prefer_server_cipher_suites,
    };
    return { ...secure, requestCert: verify, rejectUnauthorized: verify };
  }

  /** Gives the server new certificates when their files change. */
  watchTls(server: Server): NodeJS.Timeout | undefined {
    if (!(server instanceof TlsServer)) return undefined;
    let last = '';
    const timer = setInterval(() => {
      void this.tlsOptions().then(
        (options) => {
          const now = JSON.stringify(options);
          if (options !== undefined && last !== '' && now !== last) server.setSecureContext(options);
          last = now;
        },
        // A rotation in progress: the old certificate serves on until the files are whole again.
        () => {},
      );
    }, TLS_POLL_MS);
    return timer.unref();
  }

  /** Whether a request with this Authorization header may pass. */
  async allows(authorization: string | undefined): Promise<boolean> {
    await this.#reload();
    const users = this.#parsed.basic_auth_users;
    if (Object.keys(users).length === 0) return true;
    const encoded = /^basic\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1];
    if (encoded === undefined) return false;
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 0) return false;
    const [user, password] = [text.slice(0, colon), text.slice(colon + 1)];
    const hash = Object.hasOwn(users, user) ? users[user] : undefined;
    const proof = createHash('sha256')
      .update(this.#key)
      .update(`${hash ?? ''}\u0000${user}\u0000${password}`)
      .digest();
    const known = this.#known.get(user);
    if (hash !== undefined && known !== undefined && timingSafeEqual(Buffer.from(known, 'hex'), proof)) return true;
    const right = (await bcryptMatches(password, hash ?? this.#decoy)) && hash !== undefined;
    if (right) {
      if (this.#known.size >= REMEMBERED) this.#known.clear();
      this.#known.set(user, proof.toString('hex'));
    }
    return right;
  }

  /** Takes over a changed file; a broken one is refused and the old rules stay. */
  async #reload(): Promise<void> {
    try {
      const text = await readFile(this.#path, 'utf8');
      if (text === this.#text) return;
      this.#parsed = parseWebConfig(text, this.#path);
      this.#text = text;
      this.#known.clear();
    } catch {
      // Nobody gets in by breaking the file: what was in force stays in force.
    }
  }

  async #file(path: string): Promise<string> {
    return readText(resolve(dirname(this.#path), path), this.#path);
  }
}

function parseWebConfig(text: string, source: string): Parsed {
  const parsed = parseYamlConfig(text, schema, source);
  for (const [user, hash] of Object.entries(parsed.basic_auth_users)) {
    if (!isBcryptHash(hash)) {
      throw new TsanosError(
        'bad-input',
        'web-config-hash',
        `${source}: the password of user ${user} in basic_auth_users is not a bcrypt hash ($2a$, $2b$ or $2y$)`,
      );
    }
  }
  return parsed;
}

async function readText(path: string, source: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new TsanosError('bad-input', 'web-config-file', `${source}: cannot read ${path}`, { file: path }, error);
  }
}
