/** CPU time of a 16 KiB range GET: our own against the AWS SDK's, alternating, the server in another process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { parseBucketConfig } from './bucket-config.ts';
import { S3Bucket } from './s3.ts';

const GETS = 1000;
const ROUNDS = 5;
const server = fork(fileURLToPath(new URL('testing/s3-server-main.ts', import.meta.url)), {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
const [line] = (await once(server.stdout!, 'data')) as [Buffer];
const endpoint = line.toString().trim();
const config = parseBucketConfig(
  `type: S3\nconfig:\n  bucket: test\n  endpoint: ${endpoint}\n  access_key: test-access\n  secret_key: test-secret\n  insecure: true\n`,
);
if (config.type !== 'S3') throw new Error('S3');
const bucket = new S3Bucket(config.config);
await bucket.upload('x', Buffer.alloc(1 << 20));
const sdk = new S3Client({
  region: 'us-east-1',
  forcePathStyle: true,
  endpoint: `http://${endpoint}`,
  credentials: { accessKeyId: 'test-access', secretAccessKey: 'test-secret' },
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
});

async function cpuMs(get: (offset: number) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < GETS; i += 8) await Promise.all(Array.from({ length: 8 }, (_, j) => get((i + j) * 1000)));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / GETS;
}
const own: number[] = [];
const theirs: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  own.push(await cpuMs((offset) => bucket.getRange('x', offset, 16_384)));
  theirs.push(
    await cpuMs(async (offset) =>
      (
        await sdk.send(new GetObjectCommand({ Bucket: 'test', Key: 'x', Range: `bytes=${offset}-${offset + 16_383}` }))
      ).Body?.transformToByteArray(),
    ),
  );
}
const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
console.log(
  `own GET ${median(own).toFixed(3)} ms CPU, SDK ${median(theirs).toFixed(3)} ms CPU: SDK/own = ${(median(theirs) / median(own)).toFixed(2)}`,
);
await bucket.close();
sdk.destroy();
server.kill();
