export * from './index-header/index.ts';
