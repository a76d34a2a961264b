export { fakeMeta, putMeta } from './fake-meta.ts';
