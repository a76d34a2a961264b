import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProtoWriter, snappyCompress } from '@tsanos/bytes';
import { encodeLabels, Labels } from '@tsanos/model';
import { freePort, TestProcess } from './process.ts';

export interface PrometheusOptions {
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Data folder of an earlier run. */
  readonly dir?: string;
  readonly port?: number;
}

/** A real Prometheus that takes remote writes. */
export interface RunningPrometheus {
  readonly process: TestProcess;
  readonly url: string;
  readonly port: number;
  readonly dir: string;
}

/** Starts the binary `path` with nothing to scrape and waits until it is ready. */
export async function startPrometheus(path: string, options: PrometheusOptions): Promise<RunningPrometheus> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'tsanos-prometheus-')));
  const port = options.port ?? (await freePort());
  const labels = Object.entries(options.externalLabels).map(([name, value]) => `    ${name}: ${value}\n`);
  const config = join(dir, 'prometheus.yml');
  await writeFile(config, `global:\n  external_labels:\n${labels.join('')}`);
  const process = new TestProcess('prometheus', path, [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(dir, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
    '--storage.tsdb.min-block-duration=2h',
    '--storage.tsdb.max-block-duration=2h',
    ...(options.flags ?? []),
  ]);
  const url = `http://127.0.0.1:${port}`;
  await process.ready(`${url}/-/ready`);
  return { process, url, port, dir };
}

/** A series to be written. */
export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Ascending times in ms. */
  readonly samples: readonly (readonly [t: number, v: number])[];
}

/** Sends series by remote write 1.0. */
export async function remoteWrite(url: string, series: readonly WrittenSeries[]): Promise<void> {
  const request = new ProtoWriter();
  for (const { labels, samples } of series) {
    const message = new ProtoWriter().bytes(encodeLabels(Labels.from(labels)));
    for (const [t, v] of samples) message.message(2, new ProtoWriter().tag(1, 1).double(v).int64Field(2, t).finish());
    request.message(1, message.finish());
  }
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: Buffer.from(snappyCompress(request.finish())),
  });
  if (response.status !== 204) throw new Error(`remote write: ${response.status} ${await response.text()}`);
}
