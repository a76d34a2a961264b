export { FakePrometheus, type FakeOptions, type FakeSeries } from './fake-prometheus.ts';
