/** Samples that a query read, as `stats` of the API shows them. */
export class QueryStats {
  /** Samples read by all selectors at all steps; a histogram counts as many as its size in floats. */
  totalQueryableSamples = 0;
  /** Samples read from storage: one that several windows share counts once. */
  samplesRead = 0;
  peakSamples = 0;
  /** By step of the query, when asked for. */
  readonly perStep: Float64Array | undefined;
  /** Whether samples by step and window are to be counted at all. */
  readonly enabled: boolean;

  constructor(enabled: boolean, steps: number) {
    this.enabled = enabled;
    this.perStep = enabled ? new Float64Array(steps) : undefined;
  }

  peak(held: number): void {
    if (held > this.peakSamples) this.peakSamples = held;
  }

  /** Adds `samples` read at step `step` of `steps`; a frame of one step stands for all of the query. */
  read(step: number, samples: number): void {
    this.totalQueryableSamples += samples;
    if (this.perStep !== undefined && step < this.perStep.length) this.perStep[step] += samples;
  }
}
