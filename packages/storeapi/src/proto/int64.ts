import protobuf from 'protobufjs';

/**
 * The times Prometheus sends for an open range, in ms. They lie between 2^53 and the ends of int64, so that a number only comes
 * near; a time that is read and written again must come out the same.
 */
const OPEN_RANGE = ['-9223309901257974000', '9223309901257974999', '-9223309901257974', '9223309901257974'];

const Long = protobuf.util.Long as unknown as {
  fromString(text: string): protobuf.Long;
  fromNumber(n: number): protobuf.Long;
};

/** An int64 as protobufjs wants it: beyond 2^63 it saturates, and the ends of an open range come out exact. */
export function toInt64(n: number): number | protobuf.Long {
  if (Math.abs(n) <= Number.MAX_SAFE_INTEGER) return n;
  for (const text of OPEN_RANGE) if (Number(text) === n) return Long.fromString(text);
  return Long.fromNumber(n);
}
