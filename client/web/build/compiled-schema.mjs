// Compiles the schema into the page. Generated code contains each of its files as a FileDescriptorProto, which
// @bufbuild/protobuf parses when the page opens and codes messages by. That and the library's codec are 20 kB gzip of code and
// data; here generated code becomes calls of codec.ts instead, which takes 2.
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

const folder = join(import.meta.dirname, "../../../gen/parlance/v1");
const connect = join(import.meta.dirname, "connect.ts");
const codec = JSON.stringify(join(import.meta.dirname, "codec.ts"));
/** What the schema imports of the well-known types. */
const WELL_KNOWN = ["timestamp", "duration"];
const PROTO3 = 999;
/** google.protobuf.FieldDescriptorProto.Type: what codec.ts can read and write. */
const SCALARS = { 1: "double", 3: "int64", 5: "int32", 8: "bool", 9: "string", 13: "uint32" };
const MESSAGE = 11;
const ENUM = 14;
/** google.protobuf.FeatureSet.FieldPresence. */
const EXPLICIT = 1;

/** RPCs for tools of operators, which no command of the client calls; connect.test.ts looks for calls. */
export const NEVER_CALLED = ["ListInvites", "RevokeInvite", "ListNicknames", "UpdateNickname"];

/** What the library's modules export: from codec.ts, or not at all, as the page has no use for it. */
const LIBRARY = {
  "create.js": { create: true },
  "from-binary.js": { fromBinary: true, mergeFromBinary: false, makeReadContext: false, readField: false },
  "to-binary.js": { toBinary: true, writeField: false },
  "proto-int64.js": { protoInt64: true },
  // The page makes its calls in binary, but Connect imports the JSON codec beside it.
  "from-json.js": {
    fromJson: false,
    fromJsonString: false,
    mergeFromJson: false,
    mergeFromJsonString: false,
    enumFromJson: false,
    isEnumJson: false,
  },
  "to-json.js": { toJson: false, toJsonString: false, enumToJson: false },
};

/** Plugin of esbuild for bundles for browsers, whose messages travel in binary. */
export function compiledSchema() {
  return {
    name: "compiled-schema",
    async setup({ onLoad, onResolve }) {
      onResolve({ filter: /^@connectrpc\/connect(-web)?$/ }, ({ importer }) =>
        importer.includes("node_modules") ? undefined : { path: connect },
      );
      const exports = await loadSchema();
      onLoad({ filter: /[\\/]gen[\\/]parlance[\\/].*_pb\.ts$/ }, async ({ path }) => ({
        loader: "ts",
        contents: compile(await readFile(path, "utf8"), exports),
      }));
      const wellKnown = `[\\\\/]wkt[\\\\/]google[\\\\/]protobuf[\\\\/](${WELL_KNOWN.join("|")})_pb\\.js$`;
      onLoad({ filter: new RegExp(wellKnown) }, async ({ path }) => ({
        contents: compile(await readFile(path, "utf8"), exports),
      }));
      const library =
        /@bufbuild[\\/]protobuf[\\/]dist[\\/]esm[\\/](create|from-binary|to-binary|proto-int64|from-json|to-json)\.js$/;
      onLoad({ filter: library }, ({ path }) => ({ contents: inPlaceOf(LIBRARY[basename(path)]) }));
    },
  };
}

function inPlaceOf(names) {
  return Object.entries(names)
    .map(([name, isHere]) =>
      isHere
        ? `export { ${name} } from ${codec};`
        : `export function ${name}() { throw new Error("${name} is not in the page"); }`,
    )
    .join("\n");
}

/** The schema's descriptors by the names of their exports, and where each is imported from. */
async function loadSchema() {
  const modules = [
    ...(await readdir(folder)).filter((name) => name.endsWith("_pb.ts")).map((name) => join(folder, name)),
    "@bufbuild/protobuf/wkt",
  ];
  const { outputFiles } = await build({
    stdin: {
      contents: modules
        .map((path, index) => `export * as m${index} from ${JSON.stringify(path)};`)
        .join("\n"),
      resolveDir: folder,
    },
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  const loaded = await import(`data:text/javascript;base64,${code}`);
  return new Map(
    modules.flatMap((from, index) =>
      Object.entries(loaded[`m${index}`]).map(([name, desc]) => [name, { desc, from }]),
    ),
  );
}

/** Generated code with calls of codec.ts in place of descriptors. Enums are numbers, and need none. */
function compile(source, exports) {
  const names = new Map([...exports].map(([name, { desc }]) => [desc, name]));
  const own = new Set([...source.matchAll(/^export const (\w+)/gm)].map(([, name]) => name));
  const imports = new Map();
  const reference = (desc) => {
    const name = names.get(desc);
    if (!name) throw new Error(`${desc} is not in the schema that the page compiles`);
    if (!own.has(name)) imports.set(name, exports.get(name).from);
    return name;
  };
  const body = source
    .replace(/^import (?!type).*$/gm, "")
    .replace(/^export const file_\w+[\s\S]*?;$/gm, "")
    .replace(
      /^(export const (\w+)[\s\S]*?= \/\*@__PURE__\*\/)\s*(message|enum|service)Desc\(.*?\);$/gm,
      (_, start, name, kind) => {
        const { desc } = exports.get(name);
        if (kind === "message") return `${start} ${messageCall(desc, reference)};`;
        return kind === "service" ? `${start} ${serviceCall(desc, reference)};` : "";
      },
    );
  return [
    `import { message, service } from ${codec};`,
    ...[...imports].map(([name, from]) => `import { ${name} } from ${JSON.stringify(from)};`),
    body,
  ].join("\n");
}

/** See `message` in codec.ts. */
function messageCall(desc, reference) {
  if (desc.file.edition !== PROTO3) throw new Error(`${desc}: the page reads proto3 alone`);
  const messages = [];
  const fields = desc.fields.map(
    (field) => `${field.number} ${field.localName} ${typeOf(field, messages)}${flagOf(field)}`,
  );
  const parts = [JSON.stringify(desc.typeName)];
  if (fields.length > 0) parts.push(JSON.stringify(fields.join(",")));
  if (messages.length > 0) parts.push(`() => [${messages.map(reference).join(", ")}]`);
  return `message(${parts.join(", ")})`;
}

function typeOf(field, messages) {
  const kind = field.listKind ?? field.fieldKind;
  if (kind === "enum") return ENUM;
  if (kind === "scalar" && field.scalar in SCALARS && !field.longAsString) return field.scalar;
  if (kind !== "message" || field.delimitedEncoding) throw new Error(`${field}: codec.ts cannot read it`);
  if (!messages.includes(field.message)) messages.push(field.message);
  return `${MESSAGE}:${messages.indexOf(field.message)}`;
}

function flagOf(field) {
  if (field.fieldKind === "list") return field.packed ? "*" : "+";
  if (field.oneof) return `/${field.oneof.localName}`;
  return field.fieldKind !== "message" && field.presence === EXPLICIT ? "?" : "";
}

function serviceCall(desc, reference) {
  const called = desc.methods.filter(({ name }) => !NEVER_CALLED.includes(name));
  const methods = called.map(({ name, methodKind }) => {
    if (methodKind === "unary") return name;
    if (methodKind === "server_streaming") return `${name}*`;
    throw new Error(`${desc}.${name}: browsers cannot stream requests`);
  });
  const types = called.flatMap(({ input, output }) => [reference(input), reference(output)]);
  return `service(${JSON.stringify(desc.typeName)}, ${JSON.stringify(methods.join(" "))}, [${types.join(", ")}])`;
}
