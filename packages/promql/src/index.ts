export type { Queryable, SelectRequest, Selection } from './queryable.ts';
