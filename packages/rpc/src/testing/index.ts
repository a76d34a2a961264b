import { Channel, type ChannelOptions } from '../channel.ts';
import { RpcServer, type RpcServerOptions } from '../server.ts';
import type { ServiceDefinition } from '../server-call.ts';

/** A server on a free port of loopback and a channel to it; `close()` ends both. */
export interface Loopback {
  readonly server: RpcServer;
  readonly channel: Channel;
  readonly address: string;
  close(): Promise<void>;
}

/** Serves `services` on loopback, for tests. */
export async function loopback(
  services: readonly ServiceDefinition[],
  server: RpcServerOptions = {},
  client: ChannelOptions = {},
): Promise<Loopback> {
  const rpc = new RpcServer(server);
  for (const service of services) rpc.register(service);
  const { port } = await rpc.listen('127.0.0.1:0');
  const address = `127.0.0.1:${port}`;
  const channel = new Channel(address, client);
  return {
    server: rpc,
    channel,
    address,
    async close() {
      channel.close();
      await rpc.shutdown(AbortSignal.abort());
    },
  };
}
