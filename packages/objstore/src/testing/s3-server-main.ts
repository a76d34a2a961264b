/**
 * The S3 test server as a process of its own: `node s3-server-main.ts [--port=N] [--access-key=K] [--secret-key=S] [--bucket=B]…`.
 * Prints its endpoint on one line when it listens; ends on SIGTERM and SIGINT.
 */
import { parseArgs } from 'node:util';
import { S3Server } from './s3-server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'access-key': { type: 'string', default: 'test-access' },
    'secret-key': { type: 'string', default: 'test-secret' },
    bucket: { type: 'string', multiple: true, default: ['test'] },
  },
});
const server = await S3Server.start({
  port: Number(values.port),
  accessKey: values['access-key'],
  secretKey: values['secret-key'],
  buckets: values.bucket,
});
process.stdout.write(`${server.endpoint}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void server.close().then(() => process.exit(0)));
