import { describe, expect, test } from 'vitest';
import * as grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { reflectionServices } from './index.ts';
import { loopback } from './testing/index.ts';

// The public protocol, for the client side of the test only.
const { root } = protobuf.parse(
  `syntax = "proto3";
  message Request { string host = 1; oneof q { string file_by_filename = 3; string file_containing_symbol = 4; string list_services = 7; } }
  message Files { repeated bytes file_descriptor_proto = 1; }
  message Service { string name = 1; }
  message Services { repeated Service service = 1; }
  message Failure { int32 error_code = 1; string error_message = 2; }
  message Response { string valid_host = 1; Request original_request = 2; Files file_descriptor_response = 4; Services list_services_response = 6; Failure error_response = 7; }`,
  { keepCase: true },
);
const Request = root.lookupType('Request');
const Response = root.lookupType('Response');

describe('server reflection', () => {
  test.each(['v1', 'v1alpha'])(
    '%s lists services and finds files by symbol and name with what they import',
    async (version) => {
      const files = [
        { name: 'a.proto', bytes: Uint8Array.of(1), symbols: ['x.A', 'x.Svc'], dependencies: ['b.proto'] },
        { name: 'b.proto', bytes: Uint8Array.of(2), symbols: ['x.B'], dependencies: ['a.proto'] },
      ];
      const { address, server, close } = await loopback([]);
      for (const service of reflectionServices(
        () => server.services,
        () => files,
      ))
        server.register(service);
      const client = new grpc.Client(address, grpc.credentials.createInsecure());
      const ask = async (...questions: object[]): Promise<Record<string, unknown>[]> => {
        const call = client.makeBidiStreamRequest(
          `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
          (q: object) => Buffer.from(Request.encode(q).finish()),
          (b: Buffer) => Response.toObject(Response.decode(b), { arrays: false }),
        );
        for (const question of questions) call.write(question);
        call.end();
        const answers: Record<string, unknown>[] = [];
        for await (const answer of call) answers.push(answer as Record<string, unknown>);
        return answers;
      };
      const [list, symbol, name, missing] = await ask(
        { list_services: '*' },
        { file_containing_symbol: 'x.Svc' },
        { file_by_filename: 'b.proto' },
        { file_containing_symbol: 'x.C' },
      );
      expect(list).toEqual({
        original_request: { list_services: '*' },
        list_services_response: {
          service: [
            { name: 'grpc.reflection.v1.ServerReflection' },
            { name: 'grpc.reflection.v1alpha.ServerReflection' },
          ],
        },
      });
      expect(symbol.file_descriptor_response).toEqual({ file_descriptor_proto: [Buffer.from([1]), Buffer.from([2])] });
      expect(name.file_descriptor_response).toEqual({ file_descriptor_proto: [Buffer.from([2]), Buffer.from([1])] });
      expect(missing.error_response).toEqual({ error_code: 5, error_message: 'symbol not found: x.C' });
      client.close();
      await close();
    },
  );
});
