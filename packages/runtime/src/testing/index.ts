export { workerPoolSuite } from './worker-pool-suite.ts';
export { findPrometheus, type RealPrometheus } from './find-prometheus.ts';
export { goldenFolder } from './golden.ts';
