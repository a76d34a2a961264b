import { z } from 'zod';
import { goDuration, yamlBool, yamlInt } from './yaml-values.ts';

const tlsConfig = z.strictObject({
  ca_file: z.string().default(''),
  cert_file: z.string().default(''),
  key_file: z.string().default(''),
  server_name: z.string().default(''),
  insecure_skip_verify: yamlBool.default(false),
});

/** `config` of an S3 bucket: the keys of Thanos' objstore library that work here. */
export const s3ConfigSchema = z.strictObject({
  bucket: z.string().min(1),
  endpoint: z.string().default(''),
  region: z.string().default(''),
  access_key: z.string().default(''),
  secret_key: z.string().default(''),
  session_token: z.string().default(''),
  /** Only the AWS SDK's own chain, whatever the keys say. */
  aws_sdk_auth: yamlBool.default(false),
  insecure: yamlBool.default(false),
  bucket_lookup_type: z.enum(['auto', 'virtual-hosted', 'path']).default('auto'),
  disable_dualstack: yamlBool.default(false),
  dualstack_enabled: yamlBool.default(false),
  put_user_metadata: z.record(z.string(), z.string()).default({}),
  /** Bytes of a part of a multipart upload; Thanos' default is 64 MiB. */
  part_size: yamlInt(5 * 1024 * 1024).default(64 * 1024 * 1024),
  max_retries: yamlInt(0).default(0),
  list_objects_version: z.enum(['', 'v1', 'v2']).default(''),
  send_content_md5: yamlBool.default(true),
  http_config: z
    .strictObject({
      idle_conn_timeout: goDuration.default(90_000),
      response_header_timeout: goDuration.default(120_000),
      insecure_skip_verify: yamlBool.default(false),
      tls_handshake_timeout: goDuration.default(10_000),
      expect_continue_timeout: goDuration.default(1000),
      max_idle_conns: yamlInt(0).default(100),
      max_idle_conns_per_host: yamlInt(0).default(100),
      max_conns_per_host: yamlInt(0).default(0),
      disable_compression: yamlBool.default(true),
      tls_config: tlsConfig.optional(),
    })
    .prefault({}),
  trace: z.strictObject({ enable: yamlBool.default(false) }).optional(),
});

/** Keys of Thanos that mean something we do not do yet: naming them stops the start. */
export const S3_REFUSED_KEYS: Readonly<Record<string, string>> = {
  signature_version2: 'signature version 2 is not supported: use version 4',
  sse_config: 'server-side encryption settings are not supported yet: set the encryption on the bucket',
  sts_endpoint: 'an STS endpoint is not supported yet: use the environment of the AWS SDK (aws_sdk_auth: true)',
};

export type S3Config = z.infer<typeof s3ConfigSchema>;
