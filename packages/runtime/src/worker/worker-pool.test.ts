import { workerPoolSuite } from '../testing/worker-pool-suite.ts';

workerPoolSuite(0);
workerPoolSuite(2);
