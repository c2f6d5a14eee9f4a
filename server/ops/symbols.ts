import type { DescFile } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";

/** Which file declares a fully-qualified name: types, services and extensions, and what has a name within them. */
export function filesBySymbol(files: Iterable<DescFile>): Map<string, DescFile> {
  const symbols = new Map<string, DescFile>();
  for (const file of files) {
    for (const type of nestedTypes(file)) {
      symbols.set(type.typeName, file);
      for (const name of membersOf(type)) symbols.set(name, file);
    }
  }
  return symbols;
}

type NamedType = ReturnType<typeof nestedTypes> extends Iterable<infer T> ? T : never;

function membersOf(type: NamedType): string[] {
  switch (type.kind) {
    case "message":
      return [...type.fields, ...type.oneofs].map((member) => `${type.typeName}.${member.name}`);
    case "service":
      return type.methods.map((method) => `${type.typeName}.${method.name}`);
    case "enum": {
      // As in C++, a value is a sibling of its enum, not a child.
      const scope = type.typeName.slice(0, -type.name.length);
      return type.values.map((value) => scope + value.name);
    }
    case "extension":
      return [];
  }
}
