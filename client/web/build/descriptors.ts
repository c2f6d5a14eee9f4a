/**
 * Descriptors of the schema as compiled-schema.mjs writes them into the page: what the binary codec and Connect read of a
 * descriptor, and no more. @bufbuild/protobuf would parse the schema's own bytes instead, by code that is a third of a page.
 */
import type { DescEnum, DescField, DescMessage, DescOneof, DescService } from "@bufbuild/protobuf";

/** google.protobuf.Edition: compiled-schema.mjs passes nothing else. */
const PROTO3 = 999;
/** google.protobuf.FeatureSet.FieldPresence. */
const EXPLICIT = 1;
const IMPLICIT = 2;

/** Open, as in all of proto3: any number is read. */
const enumeration = { kind: "enum", open: true, values: [{ number: 0 }] } as unknown as DescEnum;

type Members = Pick<DescMessage, "fields" | "oneofs" | "members">;

/**
 * `fields`: one of `NUMBER NAME TYPE` for each, separated by commas. TYPE is a number of ScalarType, `e` for an enum, or `m`
 * and the index of a message in `messages`; then `*` for a list that is packed, `+` for one that is not, `?` for a field with
 * explicit presence, or `/` and the name of its oneof. `messages` is called later: messages may refer to one another.
 */
export function message(
  typeName: string,
  fields = "",
  messages: () => readonly DescMessage[] = () => [],
): DescMessage {
  let members: Members | undefined;
  const described = {
    kind: "message",
    typeName,
    file: { edition: PROTO3 },
    get fields() {
      return membersOf().fields;
    },
    get oneofs() {
      return membersOf().oneofs;
    },
    get members() {
      return membersOf().members;
    },
    toString: () => `message ${typeName}`,
  } as unknown as DescMessage;
  const membersOf = () => {
    members ??= parse(described, fields, messages());
    return members;
  };
  return described;
}

/** `methods`: NAME, then `*` for one that streams its response; separated by spaces. `types`: request and response of each. */
export function service(typeName: string, methods: string, types: readonly DescMessage[]): DescService {
  const described = { kind: "service", typeName, methods: [] as unknown[], method: {} };
  methods.split(" ").forEach((text, index) => {
    const name = text.replace("*", "");
    described.methods.push({
      kind: "rpc",
      name,
      localName: name[0]!.toLowerCase() + name.slice(1),
      parent: described,
      methodKind: text === name ? "unary" : "server_streaming",
      input: types[2 * index],
      output: types[2 * index + 1],
    });
  });
  return described as unknown as DescService;
}

function parse(parent: DescMessage, text: string, messages: readonly DescMessage[]): Members {
  const fields: DescField[] = [];
  const oneofs: DescOneof[] = [];
  const members: (DescField | DescOneof)[] = [];
  for (const described of text === "" ? [] : text.split(",")) {
    const [number, localName = "", type = ""] = described.split(" ");
    const [, kind = "", flag = "", group] = /^(\w+)(?:([*+?])|\/(.+))?$/.exec(type)!;
    let oneof = oneofs.find((one) => one.localName === group);
    if (group && !oneof) {
      oneof = { kind: "oneof", localName: group, name: group, parent, fields: [] } as unknown as DescOneof;
      oneofs.push(oneof);
      members.push(oneof);
    }
    const isList = flag === "*" || flag === "+";
    const fieldKind = kind === "e" ? "enum" : kind[0] === "m" ? "message" : "scalar";
    const field = {
      kind: "field",
      name: localName,
      localName,
      number: Number(number),
      parent,
      oneof,
      fieldKind: isList ? "list" : fieldKind,
      listKind: isList ? fieldKind : undefined,
      scalar: fieldKind === "scalar" ? Number(kind) : undefined,
      enum: fieldKind === "enum" ? enumeration : undefined,
      message: fieldKind === "message" ? messages[Number(kind.slice(1))] : undefined,
      presence: oneof || flag === "?" || kind[0] === "m" ? EXPLICIT : IMPLICIT,
      packed: flag === "*",
      utf8Validation: true,
      delimitedEncoding: false,
      longAsString: false,
      getDefaultValue: () => undefined,
      toString: () => `field ${parent.typeName}.${localName}`,
    } as unknown as DescField;
    fields.push(field);
    if (oneof) oneof.fields.push(field);
    else members.push(field);
  }
  return { fields, oneofs, members };
}
