import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';
import type { FileDescriptor } from '@tsanos/rpc';
import { PROTO_FILES } from '../generated/proto-files.ts';

let root: protobuf.Root | undefined;

/** All message types, parsed on first use (about 10 ms). */
export function schema(): protobuf.Root {
  if (root === undefined) {
    const fresh = new protobuf.Root();
    for (const [name, text] of Object.entries(PROTO_FILES)) {
      (protobuf.parse as { filename?: string }).filename = name;
      protobuf.parse(text, fresh, { keepCase: true });
    }
    fresh.resolveAll();
    root = fresh;
  }
  return root;
}

/** Descriptors of the files for server reflection. */
export function fileDescriptors(): FileDescriptor[] {
  const top = schema();
  return Object.entries(PROTO_FILES).map(([name, text]) => {
    const dependencies = [...text.matchAll(/^import "([^"]+)";/gm)].map((match) => match[1]);
    const file = {
      name,
      package: /^package ([\w.]+);/m.exec(text)?.[1] ?? '',
      dependency: dependencies,
      messageType: [] as object[],
      enumType: [] as object[],
      service: [] as object[],
      syntax: 'proto3',
    };
    const symbols: string[] = [];
    for (const object of objectsOf(top, name)) {
      symbols.push(...symbolsOf(object));
      if (object instanceof protobuf.Type) file.messageType.push(typeDescriptor(object));
      else if (object instanceof protobuf.Enum) file.enumType.push(describe(object));
      else if (object instanceof protobuf.Service) file.service.push(describe(object));
    }
    return {
      name,
      dependencies,
      symbols,
      bytes: descriptor.FileDescriptorProto.encode(descriptor.FileDescriptorProto.fromObject(file)).finish(),
    };
  });
}

/** What a file declares at its top level. */
function objectsOf(namespace: protobuf.NamespaceBase, filename: string): protobuf.ReflectionObject[] {
  return namespace.nestedArray.flatMap((object) => {
    if (
      object instanceof protobuf.Namespace &&
      !(object instanceof protobuf.Type) &&
      !(object instanceof protobuf.Service)
    )
      return objectsOf(object, filename);
    return object.filename === filename ? [object] : [];
  });
}

function symbolsOf(object: protobuf.ReflectionObject): string[] {
  const own = [object.fullName.slice(1)];
  if (object instanceof protobuf.Type)
    return [...own, ...object.fieldsArray.map((f) => f.fullName.slice(1)), ...object.nestedArray.flatMap(symbolsOf)];
  if (object instanceof protobuf.Service) return [...own, ...object.methodsArray.map((m) => m.fullName.slice(1))];
  return own;
}

/** `toDescriptor` of the extension, which its types do not show. */
function describe(object: protobuf.ReflectionObject): Record<string, unknown> {
  return (object as unknown as { toDescriptor(edition: string): Record<string, unknown> }).toDescriptor('proto3');
}

/** A type with the full names of what its fields refer to; relative ones are not understood everywhere. */
function typeDescriptor(type: protobuf.Type): object {
  const out = describe(type) as { field: { name: string; typeName?: string }[]; nestedType: object[] };
  for (const field of out.field) {
    const resolved = type.fields[field.name].resolvedType;
    if (resolved !== null && field.typeName !== undefined && !(type.fields[field.name] instanceof protobuf.MapField))
      field.typeName = resolved.fullName;
  }
  return out;
}
