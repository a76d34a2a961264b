import { readFile, glob } from 'node:fs/promises';
import { TsanosError, type Logger } from '@tsanos/bytes';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { parseEndpointAddress } from './address.ts';
import type { ClientConfig, EndpointSpec } from './spec.ts';

const tlsConfig = z.strictObject({
  enabled: z.boolean().optional(),
  insecure_skip_verify: z.boolean().default(false),
  cert_file: z.string().default(''),
  key_file: z.string().default(''),
  ca_file: z.string().default(''),
  min_version: z.string().default('1.3'),
});
const clientConfig = z.strictObject({
  tls_config: tlsConfig.optional(),
  server_name: z.string().default(''),
  compression: z.enum(['none', 'snappy', '']).default('none'),
});

/** Schema of `--endpoint.sd-config`. */
export const sdConfigSchema = z.strictObject({
  default_client_config: clientConfig.optional(),
  endpoints: z
    .array(
      z.strictObject({
        address: z.string(),
        strict: z.boolean().default(false),
        group: z.boolean().default(false),
        service_config: z.string().default(''),
        client_config: clientConfig.optional(),
      }),
    )
    .default([]),
});

/** Endpoints of a checked `sd-config`. A strict endpoint with a DNS prefix is refused. */
export function endpointsOfSdConfig(config: z.infer<typeof sdConfigSchema>, fallback: ClientConfig): EndpointSpec[] {
  const byDefault =
    config.default_client_config === undefined ? fallback : toClientConfig(config.default_client_config);
  return config.endpoints.map((endpoint) => {
    const spec: EndpointSpec = {
      address: parseEndpointAddress(endpoint.address, '--endpoint.sd-config'),
      strict: endpoint.strict,
      group: endpoint.group,
      client: endpoint.client_config === undefined ? byDefault : toClientConfig(endpoint.client_config),
    };
    refuseStrictDns(spec);
    return spec;
  });
}

/** A strict endpoint is one known address: DNS discovery cannot make it. */
export function refuseStrictDns(spec: EndpointSpec): void {
  if (spec.strict && !spec.group && spec.address.kind !== 'static') {
    throw new TsanosError(
      'bad-input',
      'strict-endpoint-by-dns',
      `endpoint ${spec.address.text} is strict and cannot be discovered by DNS: name the host and port, or make it non-strict`,
    );
  }
}

function toClientConfig(config: z.infer<typeof clientConfig>): ClientConfig {
  const tls = config.tls_config;
  const named =
    tls !== undefined &&
    (tls.insecure_skip_verify || tls.cert_file !== '' || tls.key_file !== '' || tls.ca_file !== '');
  return {
    tls:
      tls !== undefined && (tls.enabled ?? named)
        ? {
            insecureSkipVerify: tls.insecure_skip_verify,
            certFile: tls.cert_file,
            keyFile: tls.key_file,
            caFile: tls.ca_file,
            minVersion: tls.min_version,
          }
        : undefined,
    serverName: config.server_name,
    compression: config.compression === 'snappy' ? 'snappy' : 'none',
  };
}

const sdFileSchema = z.array(
  z.object({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()).optional() }),
);

/**
 * Addresses of the files that match `patterns` (Prometheus' file SD: a list of `{targets: […]}`, YAML or JSON). A file that
 * cannot be read or is wrong keeps what it last gave, and is logged.
 */
export class SdFiles {
  readonly #patterns: readonly string[];
  readonly #logger: Logger;
  readonly #last = new Map<string, string[]>();

  constructor(patterns: readonly string[], logger: Logger) {
    this.#patterns = patterns;
    this.#logger = logger;
  }

  async addresses(): Promise<string[]> {
    const files = new Set<string>();
    for (const pattern of this.#patterns) for await (const path of glob(pattern)) files.add(path);
    const lists = await Promise.all([...files].sort().map((path) => this.#read(path)));
    for (const path of this.#last.keys()) if (!files.has(path)) this.#last.delete(path);
    return lists.flat();
  }

  async #read(path: string): Promise<string[]> {
    try {
      const groups = sdFileSchema.parse(parseYaml(await readFile(path, 'utf8')) ?? []);
      const targets = groups.flatMap((g) => g.targets);
      for (const target of targets) parseEndpointAddress(target, path);
      this.#last.set(path, targets);
      return targets;
    } catch (error) {
      this.#logger.error('reading file SD failed, its last good content stays', {
        file: path,
        err: error instanceof Error ? error.message : String(error),
      });
      return this.#last.get(path) ?? [];
    }
  }
}
