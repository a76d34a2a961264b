import { xxhash64 } from '@tsanos/bytes';
import type { Label } from './labels.ts';

const encoder = new TextEncoder();
let scratch = new Uint8Array(1024);

/**
 * Prometheus' stable hash of a label set: xxhash64 over name, 0xff, value, 0xff of each label in order. `out[0]` is the high, `out[1]`
 * the low word.
 */
export function hashLabels(labels: Iterable<Label>, out: Uint32Array): void {
  let used = 0;
  for (const [name, value] of labels) {
    const need = used + (name.length + value.length) * 3 + 2;
    if (need > scratch.length) {
      const larger = new Uint8Array(need * 2);
      larger.set(scratch.subarray(0, used));
      scratch = larger;
    }
    used += encoder.encodeInto(name, scratch.subarray(used)).written;
    scratch[used++] = 0xff;
    used += encoder.encodeInto(value, scratch.subarray(used)).written;
    scratch[used++] = 0xff;
  }
  xxhash64(scratch, 0, used, out);
}
