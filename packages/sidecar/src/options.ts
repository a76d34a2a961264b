import {
  GRPC_SERVER_OPTIONS,
  HTTP_OPTIONS,
  OBJSTORE_OPTIONS,
  REQUEST_LOGGING_OPTIONS,
  SHIPPER_OPTIONS,
  STORE_LIMIT_OPTIONS,
  type Option,
} from '@tsanos/runtime/options';

/** What `tsanos sidecar` takes beside the options of every command. */
export const SIDECAR_OPTIONS = [
  ...HTTP_OPTIONS,
  ...GRPC_SERVER_OPTIONS,
  { name: 'prometheus.url', type: 'string', default: 'http://localhost:9090', help: "URL of the Prometheus's API; keep it close, all samples pass here.", status: 'works' },
  { name: 'prometheus.ready_timeout', type: 'duration', grammar: 'go', default: '10m', help: 'How long to wait for Prometheus to start up.', status: 'works' },
  { name: 'prometheus.get_config_interval', type: 'duration', grammar: 'go', default: '30s', help: 'How often the configuration and its external labels are read from Prometheus.', status: 'works' },
  { name: 'prometheus.get_config_timeout', type: 'duration', grammar: 'go', default: '30s', help: 'How long such a read may take.', status: 'works' },
  { name: 'prometheus.http-client', type: 'file-or-content', help: 'How to talk HTTP to Prometheus: TLS, authentication, connections.', status: 'works' },
  { name: 'tsdb.path', type: 'string', default: './data', help: "Prometheus's data folder, with its blocks.", status: 'works' },
  { name: 'reloader.config-file', type: 'string', default: '', help: 'Configuration file of Prometheus to watch.', status: 'works' },
  { name: 'reloader.config-envsubst-file', type: 'string', default: '', help: 'File to write the watched configuration to, with $(VAR) replaced by the environment.', status: 'works' },
  { name: 'reloader.rule-dir', type: 'string', repeated: true, help: 'Folder of rules to watch.', status: 'works' },
  { name: 'reloader.watch-interval', type: 'duration', grammar: 'go', default: '3m', help: 'How often configuration and rules are read again beside file events; 0s = only once.', status: 'works' },
  { name: 'reloader.retry-interval', type: 'duration', grammar: 'go', default: '5s', help: 'How soon a failed reload is tried again.', status: 'works' },
  { name: 'reloader.method', type: 'enum', values: ['http', 'signal'], default: 'http', help: 'How Prometheus is told to reload.', status: 'works' },
  { name: 'reloader.process-name', type: 'string', default: 'prometheus', help: 'Name of the process that gets the signal.', status: 'works' },
  ...REQUEST_LOGGING_OPTIONS,
  ...OBJSTORE_OPTIONS,
  ...SHIPPER_OPTIONS,
  ...STORE_LIMIT_OPTIONS,
  { name: 'min-time', type: 'time', default: '0000-01-01T00:00:00Z', help: 'Answer only for samples after this time: RFC 3339, or relative to now such as -1d or -2h45m.', status: 'works' },
] as const satisfies readonly Option[];
