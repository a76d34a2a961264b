export type { Component } from './component.ts';
export type { Option } from './option.ts';
export type { WorkerPool } from './worker-pool.ts';
