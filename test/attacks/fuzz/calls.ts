// Calls that are wrong in one way or another, or right: the same ones for the same seed.
import { gzipSync } from "node:zlib";
import { create, ScalarType, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { envelope } from "../../support/raw-call.js";
import { contentType, encodingHeader, type FuzzProtocol, type Method, timeoutHeader } from "./protocols.js";

export interface FuzzCall {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Stands for the token of a member, which only the sender knows. */
export const TOKEN = "TOKEN";

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary", maxLength: 100 }),
  // UTF-16 units, so that some are lone surrogates.
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
  fc.integer({ min: 0, max: 9_000 }).map((length) => "x".repeat(length)),
  fc.constantFrom("ada", "", " ", "\u202e", "\ud800", "a\udc00b", "0123456789abcdef0123", "1:2", "zh-CN"),
);
const number = fc.oneof(
  fc.integer({ min: 0, max: 600 }),
  fc.constantFrom(0, 1, 500, 501, 2 ** 31, 2 ** 32 - 1),
);

/** A value that a field may have. */
function anyValue(field: Method["input"]["fields"][number]): fc.Arbitrary<unknown> {
  if (field.scalar === ScalarType.BOOL) return fc.boolean();
  return field.scalar === ScalarType.STRING ? text : number;
}

const fieldsOf = ({ input }: Method): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(input.fields.map((field) => [field.localName, anyValue(field)])), {
    requiredKeys: [],
  });

function encode({ input }: Method, codec: "json" | "proto", fields: Record<string, unknown>): Buffer {
  // Not by the library, which would refuse what is no valid text.
  if (codec === "json") return Buffer.from(JSON.stringify(fields));
  const wellFormed = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string" ? value.toWellFormed() : value,
  ]);
  return Buffer.from(toBinary(input, create(input, Object.fromEntries(wellFormed))));
}

/** Bytes with a few of them changed, missing or too many. */
const mutated = (bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      bytes,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(2)), {
        minLength: 1,
        maxLength: 4,
      }),
    )
    .map(([before, changes]) =>
      changes.reduce((now, [place, byte, kind]) => {
        const at = place % (now.length + 1);
        const replaced = kind === 2 ? 0 : 1;
        const by = kind === 0 ? [] : [byte];
        return Buffer.concat([now.subarray(0, at), Buffer.from(by), now.subarray(at + replaced)]);
      }, before),
    );

const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

function message(method: Method, codec: "json" | "proto"): fc.Arbitrary<Buffer> {
  const valid = fieldsOf(method).map((fields) => encode(method, codec, fields));
  const odd =
    codec === "json"
      ? fc.oneof(
          fc.json().map((json) => Buffer.from(json)),
          fc.nat(3_000).map((depth) => Buffer.from('{"a":'.repeat(depth) + "[".repeat(depth))),
          fieldsOf(method).map((fields) => Buffer.from(JSON.stringify(fields).replaceAll('"', '\\"'))),
        )
      : fc.nat(300).map((depth) => Buffer.alloc(depth, 0x0b));
  return fc.oneof({ arbitrary: valid, weight: 4 }, { arbitrary: mutated(valid), weight: 3 }, noise, odd);
}

/** Short ones for a feed, which otherwise never ends. */
function timeout(protocol: FuzzProtocol, isStream: boolean): fc.Arbitrary<string | undefined> {
  const isGrpc = timeoutHeader(protocol) === "grpc-timeout";
  const short = isGrpc ? ["1m", "20m", "0S", "1u", "1n"] : ["1", "20", "0"];
  const wrong = ["", "-1", "soon", "1e3", "999999999999", "¹", "5 "];
  const far = isGrpc ? ["99999999H", "720H", "2147484S"] : ["2592000000", "2147483648", "9999999999"];
  if (isStream) return fc.constantFrom(...short, ...short, ...wrong.filter((one) => one !== ""));
  return fc.option(fc.constantFrom(...short, ...wrong, ...far), { nil: undefined, freq: 2 });
}

const squeezed: readonly [string, (bytes: Buffer) => Buffer][] = [
  ["gzip", (bytes) => gzipSync(bytes)],
  ["gzip", (bytes) => gzipSync(bytes).subarray(0, -5)],
  ["gzip", (bytes) => bytes],
  ["br", (bytes) => bytes],
  ["identity", (bytes) => bytes],
  ["snappy", (bytes) => bytes],
];

const header = fc.oneof(
  fc.constantFrom("en", "zh-CN, en;q=0.5", "*", ";;;", "q=1", "gzip", "br, gzip", "trailers", "1", "2"),
  fc.string({ unit: "grapheme-ascii", maxLength: 40 }).map((value) => value.trim()),
);

const headers = fc.record(
  {
    "accept-language": header,
    "accept-encoding": fc.constantFrom("gzip", "br", "identity", "*;q=0"),
    "connect-protocol-version": fc.constantFrom("1", "1", "2", ""),
    "grpc-accept-encoding": header,
    "x-forwarded-for": header,
    "x-anything": header,
  },
  { requiredKeys: [] },
);

const authorization = fc.oneof(
  { arbitrary: fc.constant<string | undefined>(`Bearer ${TOKEN}`), weight: 8 },
  fc.constantFrom(undefined, "", "Bearer", "Bearer x", `Basic ${TOKEN}`, `bearer   ${TOKEN}`, "Bearer é"),
);

/** Messages in envelopes, not always one, and not always as long as they claim to be. */
function enveloped(one: Buffer, compressed: boolean, oddity: number, flags: number): Buffer {
  const right = envelope(one, compressed ? 1 : 0);
  switch (oddity) {
    case 0:
      return envelope(one, flags);
    case 1:
      return right.subarray(0, Math.max(0, right.length - 1));
    case 2:
      return Buffer.concat([right, right]);
    case 3:
      return one;
    case 4:
      return Buffer.concat([Buffer.of(0, 0xff, 0xff, 0xff, 0xff), one]);
    case 5:
      return Buffer.alloc(0);
    default:
      return right;
  }
}

function query(protocol: FuzzProtocol, body: Buffer, encoding: string | undefined, oddity: number): string {
  const base64 = body.toString("base64url");
  const parts = new URLSearchParams({
    ...(oddity !== 0 && { connect: "v1" }),
    encoding: oddity === 1 ? "xml" : protocol.codec,
    base64: oddity === 2 ? "yes" : "1",
    message: oddity === 3 ? body.toString("latin1") : base64,
    ...(encoding !== undefined && { compression: encoding }),
  });
  return parts.toString();
}

/** `count` calls. */
export function generate(method: Method, protocol: FuzzProtocol, count: number, seed: number): FuzzCall[] {
  const isStream = method.methodKind === "server_streaming";
  const call = fc
    .record({
      body: message(method, protocol.codec),
      squeeze: fc.option(fc.constantFrom(...squeezed), { nil: undefined, freq: 3 }),
      timeout: timeout(protocol, isStream),
      authorization,
      headers,
      oddity: fc.nat(25),
      flags: fc.integer({ min: 0, max: 255 }),
    })
    .map(({ body, squeeze, timeout, authorization, headers, oddity, flags }): FuzzCall => {
      const path = `/${method.parent.typeName}/${method.name}`;
      const [encoding, compress] = squeeze ?? [];
      const bytes = compress?.(body) ?? body;
      const common = {
        ...headers,
        ...(timeout !== undefined && { [timeoutHeader(protocol)]: timeout }),
        ...(authorization !== undefined && { authorization }),
      };
      // A URL has at most the length of a header list.
      if (protocol.kind === "get")
        return {
          method: "GET",
          path: `${path}?${query(protocol, bytes.subarray(0, 3_000), encoding, oddity)}`,
          headers: common,
          body: new Uint8Array(),
        };
      return {
        method: "POST",
        path,
        headers: {
          ...common,
          "content-type": contentType(protocol),
          ...(protocol.kind === "grpc" && { te: "trailers" }),
          ...(encoding !== undefined && { [encodingHeader(protocol)]: encoding }),
        },
        body: protocol.kind === "unary" ? bytes : enveloped(bytes, encoding !== undefined, oddity, flags),
      };
    });
  return fc.sample(call, { numRuns: count, seed });
}
