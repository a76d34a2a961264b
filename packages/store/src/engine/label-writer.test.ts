import { Labels } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { BlockLabelWriter } from './label-writer.ts';

const symbols = ['', '__name__', 'up', 'job', 'api', 'replica', 'r1', 'zone', 'eu', 'Ärger'];
const lookup = { lookupSymbol: (id: number) => symbols[id] };
const pairs = Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** Reads the bytes back by hand, so that the test does not lean on the code it tests. */
function decode(bytes: Uint8Array): [string, string][] {
  const out: [string, string][] = [];
  const text = new TextDecoder();
  for (let at = 0; at < bytes.length;) {
    expect(bytes[at]).toBe(0x0a);
    const end = at + 2 + bytes[at + 1];
    let name = '';
    let value = '';
    for (at += 2; at < end; at += 2 + bytes[at + 1]) {
      const field = text.decode(bytes.subarray(at + 2, at + 2 + bytes[at + 1]));
      if (bytes[at] === 0x0a) name = field;
      else value = field;
    }
    out.push([name, value]);
  }
  return out;
}

describe('BlockLabelWriter', () => {
  it('merges external labels in name order, lets them win, leaves replica labels out', () => {
    const writer = new BlockLabelWriter(lookup, Labels.from({ A: '1', job: 'external', prometheus: 'p', zz: '9' }), [
      'replica',
    ]);
    const length = writer.write(pairs, 4);
    expect(decode(writer.bytes.subarray(0, length))).toEqual([
      ['A', '1'],
      ['__name__', 'up'],
      ['job', 'external'],
      ['prometheus', 'p'],
      ['zone', 'eu'],
      ['zz', '9'],
    ]);
  });

  it('drops an external replica label without touching the series, and grows', () => {
    const writer = new BlockLabelWriter(lookup, Labels.from({ zone: 'x' }), ['zone'], 8);
    const a = writer.write(pairs, 4);
    const b = writer.write(Uint32Array.of(1, 2, 3, 9), 2);
    expect(decode(writer.bytes.subarray(0, a))).toEqual([
      ['__name__', 'up'],
      ['job', 'api'],
      ['replica', 'r1'],
    ]);
    expect(decode(writer.bytes.subarray(a, a + b))).toEqual([
      ['__name__', 'up'],
      ['job', 'Ärger'],
    ]);
  });
});
