export { createQuerier, type LocalStore } from './querier.ts';
