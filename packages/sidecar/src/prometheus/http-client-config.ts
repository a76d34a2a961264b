import { z } from 'zod';

const tls = z.strictObject({
  ca_file: z.string().default(''),
  cert_file: z.string().default(''),
  key_file: z.string().default(''),
  server_name: z.string().default(''),
  insecure_skip_verify: z.boolean().default(false),
});

/** Go writes these durations as integer nanoseconds. */
const nanoseconds = z.number().int().nonnegative();

/**
 * `--prometheus.http-client`: how to reach a Prometheus that asks for credentials or TLS (thanos-components 10.7). Keys that only
 * tune Go's connection pool are accepted where they have a counterpart here.
 */
export const httpClientConfigSchema = z.strictObject({
  basic_auth: z
    .strictObject({
      username: z.string().default(''),
      password: z.string().default(''),
      password_file: z.string().default(''),
    })
    .optional(),
  bearer_token: z.string().default(''),
  bearer_token_file: z.string().default(''),
  proxy_url: z.string().default(''),
  tls_config: tls.optional(),
  transport_config: z
    .strictObject({
      max_idle_conns: z.number().int().default(100),
      max_idle_conns_per_host: z.number().int().default(2),
      idle_conn_timeout: nanoseconds.default(90e9),
      response_header_timeout: nanoseconds.default(0),
      expect_continue_timeout: nanoseconds.default(10e9),
      max_conns_per_host: z.number().int().default(0),
      disable_compression: z.boolean().default(false),
      tls_handshake_timeout: nanoseconds.default(10e9),
      dialer_timeout: nanoseconds.default(5e9),
    })
    .optional(),
});

export type HttpClientConfig = z.infer<typeof httpClientConfigSchema>;

export const DEFAULT_HTTP_CLIENT_CONFIG: HttpClientConfig = httpClientConfigSchema.parse({});
