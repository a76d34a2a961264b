import { JsonWriter, type QueryResult, type QueryValue } from '@tsanos/promql';
import { formatFloatPlain } from '@tsanos/model';
import { analysisJson } from './explain.ts';

const encoder = new TextEncoder();

/** What is shown beside the result. */
export interface AnswerExtras {
  readonly stats: '' | 'basic' | 'all';
  readonly evalSeconds: number;
  readonly startMs: number;
  readonly stepMs: number;
  /** Of storage and limits, beside those of the engine. */
  readonly warnings: readonly string[];
  /** Whether `analysis` is shown. */
  readonly analyze: boolean;
}

/** A part of a body leaves the writer at this size. */
const PART_BYTES = 1 << 20;

/** A body in parts, each memory of its own that can be given to another thread. */
export class Body {
  readonly parts: Uint8Array[] = [];
  readonly out: JsonWriter = new JsonWriter(PART_BYTES / 8);

  /** Call between two pieces of an answer. */
  cut(): void {
    if (this.out.length >= PART_BYTES) this.#take();
  }

  finish(): Uint8Array[] {
    this.#take();
    return this.parts;
  }

  #take(): void {
    this.parts.push(this.out.finish());
    this.out.clear();
  }
}

/** The body of a query's answer, byte for byte as Prometheus writes it, in parts of about a mebibyte. */
export function answerBody(result: QueryResult, extras: AnswerExtras): Uint8Array[] {
  const body = new Body();
  const { out } = body;
  out.ascii('{"status":"success","data":{"resultType":"').ascii(result.value.type).ascii('","result":');
  writeValue(body, result.value);
  if (extras.stats !== '') writeStats(out, result, extras);
  if (extras.analyze) out.ascii(',"analysis":').raw(encoder.encode(analysisJson(result.analysis)));
  out.ascii('}');
  const warnings = [...new Set([...extras.warnings, ...result.warnings])];
  writeList(out, 'warnings', warnings);
  writeList(out, 'infos', result.infos);
  out.ascii('}');
  return body.finish();
}

function writeValue(body: Body, value: QueryValue): void {
  const { out } = body;
  switch (value.type) {
    case 'scalar':
      out.ascii(`[${formatFloatPlain(value.timeMs / 1000)},"${formatFloatPlain(value.value)}"]`);
      return;
    case 'string':
      out
        .ascii(`[${formatFloatPlain(value.timeMs / 1000)},`)
        .string(value.value)
        .ascii(']');
      return;
    case 'vector':
      out.ascii('[');
      value.elements.forEach(({ labels, value: v, histogram }, i) => {
        if (i > 0) out.ascii(',');
        out.vectorSample(labels, 0, labels.length, value.timeMs, histogram ?? v);
        body.cut();
      });
      out.ascii(']');
      return;
    case 'matrix':
      out.ascii('[');
      value.series.forEach(({ labels, times, values, present, histograms }, i) => {
        if (i > 0) out.ascii(',');
        out.matrixRow(labels, 0, labels.length, times, values, present, histograms);
        body.cut();
      });
      out.ascii(']');
  }
}

function writeStats(out: JsonWriter, result: QueryResult, extras: AnswerExtras): void {
  const { evalSeconds } = extras;
  out.ascii(
    `,"stats":{"timings":{"evalTotalTime":${evalSeconds},"resultSortTime":0,"queryPreparationTime":0,"innerEvalTime":${evalSeconds},"execQueueTime":0,"execTotalTime":${evalSeconds}},"samples":{`,
  );
  const { totalQueryableSamples, totalQueryableSamplesPerStep: perStep, samplesRead, peakSamples } = result.stats;
  if (perStep !== undefined && extras.stats === 'all') {
    out.ascii('"totalQueryableSamplesPerStep":[');
    perStep.forEach((count, i) => {
      if (i > 0) out.ascii(',');
      out
        .ascii('[')
        .timestamp(extras.startMs + i * extras.stepMs)
        .ascii(`,${count}]`);
    });
    out.ascii('],');
  }
  out.ascii(
    `"totalQueryableSamples":${totalQueryableSamples},"samplesRead":${samplesRead},"peakSamples":${peakSamples}}}`,
  );
}

/** Warnings or infos, when there are any. */
export function writeList(out: JsonWriter, name: string, texts: readonly string[]): void {
  if (texts.length === 0) return;
  out.ascii(`,"${name}":[`);
  texts.forEach((text, i) => {
    if (i > 0) out.ascii(',');
    out.string(text);
  });
  out.ascii(']');
}
