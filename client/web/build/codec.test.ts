import { join } from "node:path";
import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  type Message,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { build } from "esbuild";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import * as chat from "../../../gen/parlance/v1/chat_service_pb.js";
import * as errors from "../../../gen/parlance/v1/errors_pb.js";
import * as event from "../../../gen/parlance/v1/event_pb.js";
import * as limits from "../../../gen/parlance/v1/limits_pb.js";
import * as moderation from "../../../gen/parlance/v1/moderation_service_pb.js";
import * as room from "../../../gen/parlance/v1/room_pb.js";
import * as user from "../../../gen/parlance/v1/user_pb.js";
import { compiledSchema } from "./compiled-schema.mjs";

/** What the page has in place of a descriptor. */
type Compiled = { readonly typeName: string };

interface Page {
  readonly create: (schema: Compiled, init?: object) => Message;
  readonly toBinary: (schema: Compiled, message: object) => Uint8Array;
  readonly fromBinary: (schema: Compiled, bytes: Uint8Array) => Message;
  readonly schema: Readonly<Record<string, Compiled>>;
}

const modules = { chat, errors, event, limits, moderation, room, user };
const messages = Object.values(modules)
  .flatMap((module): [string, unknown][] => Object.entries(module))
  .filter(
    (entry): entry is [string, DescMessage] => (entry[1] as { kind?: string } | null)?.kind === "message",
  );

/** The codec and the schema as they are in the page. */
async function loadPage(): Promise<Page> {
  const folder = join(import.meta.dirname, "../../../gen/parlance/v1");
  const files = ["chat_service", "errors", "event", "limits", "moderation_service", "room", "user"];
  const { outputFiles } = await build({
    stdin: {
      contents: [
        'export { create, fromBinary, toBinary } from "@bufbuild/protobuf";',
        ...files.map((file) => `export * from ${JSON.stringify(join(folder, `${file}_pb.ts`))};`),
      ].join("\n"),
      resolveDir: import.meta.dirname,
    },
    plugins: [compiledSchema()],
    bundle: true,
    format: "esm",
    write: false,
  });
  const code = Buffer.from(outputFiles[0]!.contents).toString("base64");
  const loaded = await import(`data:text/javascript;base64,${code}`);
  return { create: loaded.create, toBinary: loaded.toBinary, fromBinary: loaded.fromBinary, schema: loaded };
}

let page: Page;
beforeAll(async () => {
  page = await loadPage();
});

/** Any message of a type, as an argument for `create`. */
function anyInit(desc: DescMessage, depth = 0): fc.Arbitrary<object> {
  const members = desc.members.map((member): [string, fc.Arbitrary<unknown>] => {
    if (member.kind === "field") return [member.localName, anyField(member, depth)];
    const cases = member.fields.map((field) =>
      anyValue(field, depth).map((value) => ({ case: field.localName, value })),
    );
    return [member.localName, fc.option(fc.oneof(...cases), { nil: undefined })];
  });
  return fc.record(Object.fromEntries(members), { requiredKeys: [] });
}

function anyField(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.fieldKind === "list") return fc.array(anyValue(field, depth), { maxLength: 3 });
  return fc.option(anyValue(field, depth), { nil: undefined });
}

function anyValue(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.message) return depth > 3 ? fc.constant({}) : anyInit(field.message, depth + 1);
  if (field.enum) return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  switch (field.scalar) {
    case ScalarType.STRING:
      return fc.string({ unit: "binary" });
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.UINT32:
      return fc.nat(2 ** 32 - 1);
    case ScalarType.INT32:
      return fc.integer();
    case ScalarType.INT64:
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case ScalarType.DOUBLE:
      return fc.double();
    default:
      throw new Error(`${field}: no values for it`);
  }
}

describe("the codec of the page", () => {
  test("knows every message of the schema", () => {
    expect(messages.length).toBeGreaterThan(80);
    expect(messages.filter(([name]) => !(name in page.schema)).map(([name]) => name)).toEqual([]);
  });

  test("creates, writes and reads messages like the library", () => {
    for (const [name, desc] of messages) {
      const compiled = page.schema[name]!;
      fc.assert(
        fc.property(anyInit(desc), (init) => {
          const expected = create(desc, init);
          expect(page.create(compiled, init)).toEqual(expected);
          const bytes = toBinary(desc, expected);
          expect(page.toBinary(compiled, page.create(compiled, init))).toEqual(bytes);
          expect(page.fromBinary(compiled, bytes)).toEqual(fromBinary(desc, bytes));
        }),
        { numRuns: 20 },
      );
    }
  });

  test("reads what is split, repeated or unknown like the library, other than that it drops the unknown", () => {
    const known: Compiled = page.schema.SubscribeResponseSchema!;
    const desc = chat.SubscribeResponseSchema;
    fc.assert(
      fc.property(anyInit(desc), anyInit(desc), fc.uint8Array({ maxLength: 20 }), (one, other, data) => {
        // Field 1,000 of bytes, which no version has.
        const unknown = [0xc2, 0x3e, data.length, ...data];
        const bytes = Uint8Array.from([
          ...toBinary(desc, create(desc, one)),
          ...unknown,
          ...toBinary(desc, create(desc, other)),
        ]);
        expect(page.fromBinary(known, bytes)).toEqual(fromBinary(desc, bytes, { readUnknownFields: false }));
      }),
    );
  });

  test("throws for bytes that are cut off", () => {
    const desc = user.UserSchema;
    const bytes = toBinary(desc, create(desc, { nickname: "小明", id: "7" }));
    for (const length of [1, 2, bytes.length - 1])
      expect(() => page.fromBinary(page.schema.UserSchema!, bytes.subarray(0, length))).toThrow();
    const invalid = Uint8Array.from([0x0a, 1, 0xff]);
    expect(() => page.fromBinary(page.schema.UserSchema!, invalid)).toThrow();
    expect(() => fromBinary(desc, invalid)).toThrow();
  });
});
