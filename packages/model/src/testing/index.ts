export { goldenAvailable, goldenLines, goldenPath } from './golden.ts';
