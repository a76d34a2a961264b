export { bucketSuite } from './bucket-suite.ts';
export { CrashError, CrashPoint } from './crash-point.ts';
export { ObservedBucket } from './fault-bucket.ts';
export { seededFaults } from './seeded-faults.ts';
export { S3Server, type Fault, type S3Request, type S3ServerOptions } from './s3-server.ts';
