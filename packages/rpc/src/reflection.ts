import protobuf from 'protobufjs/minimal.js';
import type { MessageSink, ServiceDefinition } from './server-call.ts';
import { RpcError, Status } from './status.ts';

/** One `.proto` file for reflection. */
export interface FileDescriptor {
  readonly name: string;
  /** Serialized `google.protobuf.FileDescriptorProto`. */
  readonly bytes: Uint8Array;
  /** Full names of what it declares: messages, enums, services, methods, fields. */
  readonly symbols: readonly string[];
  /** Names of the files it imports. */
  readonly dependencies: readonly string[];
}

interface Question {
  readonly original: Uint8Array;
  readonly field: number;
  readonly text: string;
}

const FILE_BY_NAME = 3;
const FILE_BY_SYMBOL = 4;
const FILE_BY_EXTENSION = 5;
const EXTENSION_NUMBERS = 6;
const LIST_SERVICES = 7;

/**
 * Server reflection, v1 and v1alpha (the same messages under two names).
 * @param services names to list, asked at each call
 * @param files asked for on the first call, since making descriptors takes a while
 */
export function reflectionServices(
  services: () => readonly string[],
  files: () => readonly FileDescriptor[],
): ServiceDefinition[] {
  let index: Index | undefined;
  const handle = async (requests: AsyncIterable<Uint8Array>, sink: MessageSink): Promise<void> => {
    for await (const request of requests) {
      index ??= new Index(files());
      sink.send(answer(decodeQuestion(request), services(), index));
      sink.flush();
      await sink.drain();
    }
  };
  return ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'].map((name) => ({
    name,
    methods: { ServerReflectionInfo: { kind: 'bidi', handle: (requests, _call, sink) => handle(requests, sink) } },
  }));
}

class Index {
  readonly #byName = new Map<string, FileDescriptor>();
  readonly #bySymbol = new Map<string, FileDescriptor>();

  constructor(files: readonly FileDescriptor[]) {
    for (const file of files) {
      this.#byName.set(file.name, file);
      for (const symbol of file.symbols) this.#bySymbol.set(symbol, file);
    }
  }

  /** The file and what it imports, dependencies after it; undefined when there is no such name. */
  file(name: string): FileDescriptor[] | undefined {
    return this.#closure(this.#byName.get(name));
  }

  symbol(name: string): FileDescriptor[] | undefined {
    return this.#closure(this.#bySymbol.get(name));
  }

  #closure(first: FileDescriptor | undefined): FileDescriptor[] | undefined {
    if (first === undefined) return undefined;
    const seen = new Set([first]);
    for (const file of seen) {
      for (const name of file.dependencies) {
        const next = this.#byName.get(name);
        if (next !== undefined) seen.add(next);
      }
    }
    return [...seen];
  }
}

function decodeQuestion(request: Uint8Array): Question {
  try {
    const reader = protobuf.Reader.create(request);
    let field = 0;
    let text = '';
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const number = tag >>> 3;
      if (number >= FILE_BY_NAME && number <= LIST_SERVICES && (tag & 7) === 2) {
        field = number;
        text = number === FILE_BY_EXTENSION ? Buffer.from(reader.bytes()).toString('latin1') : reader.string();
      } else reader.skipType(tag & 7);
    }
    return { original: request, field, text };
  } catch (error) {
    throw new RpcError(Status.INTERNAL, `grpc: error unmarshalling request: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function answer(question: Question, services: readonly string[], index: Index): Uint8Array {
  const writer = protobuf.Writer.create()
    .uint32((2 << 3) | 2)
    .bytes(question.original);
  switch (question.field) {
    case FILE_BY_NAME:
      return files(writer, index.file(question.text), `file not found: ${question.text}`);
    case FILE_BY_SYMBOL:
      return files(writer, index.symbol(question.text), `symbol not found: ${question.text}`);
    case LIST_SERVICES: {
      writer.uint32((6 << 3) | 2).fork();
      for (const name of [...services].sort()) writer.uint32(10).fork().uint32(10).string(name).ldelim();
      return writer.ldelim().finish();
    }
    case FILE_BY_EXTENSION:
    case EXTENSION_NUMBERS:
      return failure(writer, Status.NOT_FOUND, 'extension not found: these services declare none');
    default:
      return failure(writer, Status.INVALID_ARGUMENT, 'invalid MessageRequest: no question in it');
  }
}

function files(writer: protobuf.Writer, found: FileDescriptor[] | undefined, missing: string): Uint8Array {
  if (found === undefined) return failure(writer, Status.NOT_FOUND, missing);
  writer.uint32((4 << 3) | 2).fork();
  for (const file of found) writer.uint32(10).bytes(file.bytes);
  return writer.ldelim().finish();
}

function failure(writer: protobuf.Writer, code: number, message: string): Uint8Array {
  return writer
    .uint32((7 << 3) | 2)
    .fork()
    .uint32(8)
    .int32(code)
    .uint32(18)
    .string(message)
    .ldelim()
    .finish();
}
