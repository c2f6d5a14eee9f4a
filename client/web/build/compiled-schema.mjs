// Compiles the schema into the page. Generated code contains each file of it as a FileDescriptorProto in base64, which
// @bufbuild/protobuf parses when the page opens: that takes its registry, the bootstrap of descriptor.proto and text-format
// parser, 15 kB gzip of code and data that this replaces by calls of descriptors.ts.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const PROTO3 = 999;
/** google.protobuf.FeatureSet.FieldPresence. */
const EXPLICIT = 1;
/** What of @bufbuild/protobuf the schema imports. */
const WELL_KNOWN = ["timestamp", "duration"];
const runtime = join(import.meta.dirname, "descriptors.ts");

/** Plugin of esbuild for bundles whose messages travel in binary. */
export function compiledSchema() {
  return {
    name: "compiled-schema",
    async setup({ onLoad }) {
      const exports = await loadSchema();
      onLoad({ filter: /[\\/]gen[\\/]parlance[\\/].*_pb\.ts$/ }, async ({ path }) => ({
        loader: "ts",
        contents: compile(await readFile(path, "utf8"), exports),
      }));
      const wellKnown = new RegExp(
        `[\\\\/]wkt[\\\\/]google[\\\\/]protobuf[\\\\/](${WELL_KNOWN.join("|")})_pb\\.js$`,
      );
      onLoad({ filter: wellKnown }, async ({ path }) => ({
        loader: "js",
        contents: compile(await readFile(path, "utf8"), exports),
      }));
    },
  };
}

/** Descriptors of the schema by the names of their exports, and where each is imported from. */
async function loadSchema() {
  const files = ["chat_service", "errors", "event", "limits", "moderation_service", "room", "user"];
  const modules = [
    ...files.map((file) => join(import.meta.dirname, "../../../gen/parlance/v1", `${file}_pb.ts`)),
    "@bufbuild/protobuf/wkt",
  ];
  const { outputFiles } = await build({
    stdin: {
      contents: modules
        .map((path, index) => `export * as m${index} from ${JSON.stringify(path)};`)
        .join("\n"),
      resolveDir: import.meta.dirname,
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

/** A generated file without its bytes: its messages and services as calls of descriptors.ts. */
function compile(source, exports) {
  const names = new Map([...exports].map(([name, { desc }]) => [desc, name]));
  const imported = new Map();
  const own = new Set([...source.matchAll(/^export const (\w+)/gm)].map(([, name]) => name));
  const reference = (desc) => {
    const name = names.get(desc);
    if (!name) throw new Error(`${desc} is not in the schema that the page compiles`);
    if (!own.has(name)) imported.set(name, exports.get(name).from);
    return name;
  };
  const body = source
    .replace(/^import (?!type).*$/gm, "")
    .replace(/^export const file_\w+[\s\S]*?;$/gm, "")
    .replace(
      /^(export const (\w+)[\s\S]*?= \/\*@__PURE__\*\/)\s*(message|enum|service)Desc\(.*?\);$/gm,
      (_, start, name, kind) => {
        const { desc } = exports.get(name);
        // Enums are read as numbers.
        if (kind === "enum") return "";
        const call = kind === "message" ? messageCall(desc, reference) : serviceCall(desc, reference);
        return `${start} ${call};`;
      },
    );
  const imports = [...imported].map(([name, from]) => `import { ${name} } from ${JSON.stringify(from)};`);
  return [`import { message, service } from ${JSON.stringify(runtime)};`, ...imports, body].join("\n");
}

function messageCall(desc, reference) {
  if (desc.file.edition !== PROTO3) throw new Error(`${desc}: the page reads proto3 alone`);
  const messages = [];
  const fields = desc.fields.map((field) => `${field.number} ${field.localName} ${typeOf(field, messages)}`);
  const parts = [JSON.stringify(desc.typeName)];
  if (fields.length > 0) parts.push(JSON.stringify(fields.join(",")));
  if (messages.length > 0) parts.push(`() => [${messages.map(reference).join(", ")}]`);
  return `message(${parts.join(", ")})`;
}

/** See `message` in descriptors.ts. */
function typeOf(field, messages) {
  if (
    field.fieldKind === "map" ||
    field.delimitedEncoding ||
    field.longAsString ||
    field.getDefaultValue?.() !== undefined
  )
    throw new Error(`${field}: the page has no codec for it`);
  const kind = field.listKind ?? field.fieldKind;
  if (kind === "message" && !messages.includes(field.message)) messages.push(field.message);
  const type =
    kind === "message" ? `m${messages.indexOf(field.message)}` : kind === "enum" ? "e" : `${field.scalar}`;
  if (field.fieldKind === "list") return type + (field.packed ? "*" : "+");
  if (field.oneof) return `${type}/${field.oneof.localName}`;
  return type + (kind !== "message" && field.presence === EXPLICIT ? "?" : "");
}

function serviceCall(desc, reference) {
  const methods = desc.methods.map(({ name, methodKind }) => {
    if (methodKind === "unary") return name;
    if (methodKind === "server_streaming") return `${name}*`;
    throw new Error(`${desc}.${name}: browsers cannot stream requests`);
  });
  const types = desc.methods.flatMap(({ input, output }) => [reference(input), reference(output)]);
  return `service(${JSON.stringify(desc.typeName)}, ${JSON.stringify(methods.join(" "))}, [${types.join(", ")}])`;
}
