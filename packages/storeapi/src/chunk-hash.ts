import { xxhash64 } from '@tsanos/bytes';
import { XXHASH_WASM } from './xxhash-wasm.ts';

/** Where `hash` of the module reads, and how much fits. */
const INPUT = 64;

interface Module {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly hash: (length: number) => void;
}

/** The part of the global that is used here; Node's types leave it to the DOM's. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

let bytes: Uint8Array | undefined;
let words: Uint32Array;
let hash: Module['hash'];

function load(): Uint8Array {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(XXHASH_WASM, 'base64')), {
    env: { abort: () => {} },
  });
  const module = instance.exports as Module;
  bytes = new Uint8Array(module.memory.buffer);
  words = new Uint32Array(module.memory.buffer, 0, 2);
  hash = module.hash;
  return bytes;
}

/** xxHash64 (seed 0) of `buffer[from, from + length)`, as `thanos.Chunk.hash` has it: `out[0]` high word, `out[1]` low one. */
export function chunkHash(buffer: Uint8Array, from: number, length: number, out: Uint32Array): void {
  const memory = bytes ?? load();
  if (length > memory.length - INPUT) return xxhash64(buffer, from, from + length, out);
  memory.set(buffer.subarray(from, from + length), INPUT);
  hash(length);
  out[0] = words[1];
  out[1] = words[0];
}
