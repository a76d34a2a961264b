import type { FloatHistogram, SampleColumns } from '@tsanos/model';
import { chainPair, isPlain } from './chain-pair.ts';
import { appendRange, appendSample, setHistogram } from './columns-ops.ts';

/**
 * Appends the union of sorted columns to `out`, each time once, as Prometheus' ChainSampleIterator gives it: which value
 * wins where several have the same time, and that a histogram that does not follow one of the same column loses its
 * counter-reset hint, are its rules.
 */
export function chainMerge(inputs: readonly SampleColumns[], out: SampleColumns): void {
  if (inputs.length === 1) {
    appendRange(out, inputs[0], 0, inputs[0].n);
    return;
  }
  if (inputs.length === 2 && inputs.every(isPlain) && isPlain(out)) {
    chainPair(inputs[0], inputs[1], out);
    return;
  }
  const at = new Int32Array(inputs.length);
  // A binary heap of inputs by current time, with the sift order of Go's container/heap, which decides ties.
  const heap: number[] = [];
  const time = (input: number): number => inputs[input].t[at[input]];
  const push = (input: number): void => {
    let k = heap.push(input) - 1;
    while (k > 0) {
      const parent = (k - 1) >> 1;
      if (!(time(heap[k]) < time(heap[parent]))) break;
      swap(heap, k, parent);
      k = parent;
    }
  };
  const pop = (): number => {
    const last = heap.length - 1;
    swap(heap, 0, last);
    let k = 0;
    for (;;) {
      let child = 2 * k + 1;
      if (child >= last) break;
      if (child + 1 < last && time(heap[child + 1]) < time(heap[child])) child++;
      if (!(time(heap[child]) < time(heap[k]))) break;
      swap(heap, k, child);
      k = child;
    }
    return heap.pop() as number;
  };

  let current = 0;
  at[0] = -1;
  for (let input = 1; input < inputs.length; input++) if (inputs[input].n > 0) push(input);
  let last = Number.NEGATIVE_INFINITY;
  let changed = true;
  for (;;) {
    // Step the current input until something new comes, changing inputs as times demand.
    for (;;) {
      at[current]++;
      if (at[current] < inputs[current].n) {
        const t = time(current);
        if (t === last) continue;
        if (heap.length === 0 || t < time(heap[0])) break;
        push(current);
      } else if (heap.length === 0) {
        return;
      }
      current = pop();
      changed = true;
      if (time(current) !== last) break;
    }
    last = time(current);
    append(out, inputs[current], at[current], changed);
    changed = false;
  }
}

function append(out: SampleColumns, source: SampleColumns, i: number, changed: boolean): void {
  const n = out.n;
  appendSample(out, source, i);
  if (!changed || out.h === undefined) return;
  const histogram = out.h[n];
  if (histogram !== undefined) setHistogram(out, n, unhinted(histogram));
}

/** The histogram without its claim about the one before it. */
export function unhinted(histogram: FloatHistogram): FloatHistogram {
  const { counterResetHint } = histogram;
  return counterResetHint === 'gauge' || counterResetHint === 'unknown'
    ? histogram
    : { ...histogram, counterResetHint: 'unknown' };
}

function swap(list: number[], i: number, k: number): void {
  const item = list[i];
  list[i] = list[k];
  list[k] = item;
}
