import { RpcError, Status } from '@tsanos/rpc';
import type { Codec } from './proto/codec.ts';

/** A request message; one that cannot be decoded is Internal, as grpc-go answers. */
export function decodeRequest<T>(codec: Codec<T>, bytes: Uint8Array): T {
  try {
    return codec.decode(bytes);
  } catch (error) {
    throw new RpcError(Status.INTERNAL, (error as Error).message, { cause: error });
  }
}
