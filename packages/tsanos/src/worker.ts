import { startWorkerThread } from '@tsanos/runtime';
import { loadEngine } from './engines.ts';

await startWorkerThread(loadEngine);
