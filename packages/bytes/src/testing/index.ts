export { byteCacheSuite } from './byte-cache-suite.ts';
