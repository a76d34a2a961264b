export { createSidecar } from './sidecar.ts';
export { PrometheusSource, type PrometheusState } from './prometheus-source.ts';
