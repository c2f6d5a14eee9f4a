import { gzipSync } from "node:zlib";
import { create, type DescMessage, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { BroadcastRequestSchema } from "../../gen/parlance/v1/chat_service_pb.js";
import { login } from "../support/people.js";
import { type RawProtocol, rawProtocols } from "../support/raw-call.js";
import { listen, type TestServer } from "../support/server.js";

let server: TestServer;
let authorization: string;
const warned = vi.fn();

beforeAll(async () => {
  server = await listen();
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  authorization = `Bearer ${(await login(transport, "ada")).token}`;
  process.on("warning", warned);
});
afterAll(async () => {
  process.off("warning", warned);
  expect(warned).not.toHaveBeenCalled();
  expect(server.logged).toEqual([]);
  await server.close();
});

function encode<T extends DescMessage>(
  { codec }: RawProtocol,
  schema: T,
  value: MessageInitShape<T>,
): Uint8Array {
  const message = create(schema, value);
  return codec === "json" ? Buffer.from(toJsonString(schema, message)) : toBinary(schema, message);
}

/** RPCs on and off the fast path, open and for members. */
const rpcs = ["Broadcast", "SendTo", "ToggleIgnore", "Login", "Help", "ListUsers"];
const DAY_MS = 86_400_000;
const far: Record<string, string[]> = {
  "connect-timeout-ms": [String(2 ** 31), String(30 * DAY_MS), "9999999999"],
  "grpc-timeout": ["99999999H", "720H", "99999999M", "2147484S"],
};

describe.each(Object.entries(rawProtocols))("what a caller got wrong, over %s", (_, protocol) => {
  const call = (rpc: string, body: Uint8Array, headers: Record<string, string> = {}) =>
    protocol.call(server.url, { rpc, body, headers: { authorization, ...headers } });

  test.each(rpcs)("%s: a body that cannot be read is an invalid argument", async (rpc) => {
    const bodies =
      protocol.codec === "json"
        ? ["{", "[]", '{"text":"\xff', "\0"].map((text) => Buffer.from(text, "latin1"))
        : [Uint8Array.of(0x0f), Uint8Array.of(0x0a, 0xff), Uint8Array.of(0x0a, 1, 0xff)].slice(0, 2);
    for (const body of bodies) {
      const { status, code } = await call(rpc, body);
      expect(code).toBe(Code.InvalidArgument);
      expect(status).toBeLessThan(500);
    }
  });

  test.each(["gzip", "br"])("%s that is cut off or is none", async (encoding) => {
    for (const body of [gzipSync("x".repeat(500)).subarray(0, 20), Buffer.from("no compression")]) {
      const { status, code } = await call("Broadcast", body, { [protocol.encodingHeader]: encoding });
      expect(code).toBe(Code.InvalidArgument);
      expect(status).toBeLessThan(500);
    }
  });

  test("a lone surrogate comes back as a well-formed message", async () => {
    // Only JSON can carry one; binary text is UTF-8 or is refused.
    if (protocol.codec !== "json") return;
    for (const [rpc, body] of [
      ["ToggleIgnore", '{"ignoring":"\\ud800"}'],
      ["Broadcast", '{"text":"a\\udc00"}'],
      ["Broadcast", '{"\\ud800":1,"text":5}'],
      ["Login", '{"nickname":"\\ud800"}'],
    ] as const) {
      const { code, message } = await call(rpc, Buffer.from(body));
      expect(code).toBe(Code.InvalidArgument);
      expect(message.isWellFormed()).toBe(true);
      expect(message).not.toBe("");
    }
  });

  test("a deadline beyond what a timer can count is none", async () => {
    for (const value of far[protocol.timeoutHeader]!) {
      const body = encode(protocol, BroadcastRequestSchema, { text: "later" });
      const { code, message } = await call("Broadcast", body, { [protocol.timeoutHeader]: value });
      expect([value, code, message]).toEqual([value, undefined, ""]);
    }
  });

  test("a body that cannot be read is not the server's fault after the deadline either", async () => {
    const passed = protocol.timeoutHeader === "grpc-timeout" ? "0n" : "0";
    const lone = Buffer.from('{"ignoring":"\\ud800"}');
    for (const body of protocol.codec === "json" ? [Buffer.from("{"), lone] : [Uint8Array.of(0x0f)])
      for (const rpc of ["ToggleIgnore", "Broadcast", "Subscribe"]) {
        const headers = { [protocol.timeoutHeader]: passed };
        if (rpc === "Subscribe" && protocol.encodingHeader === "content-encoding") continue;
        const { status, code } = await call(rpc, body, headers);
        expect([Code.InvalidArgument, Code.DeadlineExceeded]).toContain(code);
        expect(status).not.toBe(500);
      }
  });

  test("what is no deadline is refused", async () => {
    const body = encode(protocol, BroadcastRequestSchema, { text: "never" });
    const { code } = await call("Broadcast", body, { [protocol.timeoutHeader]: "soon" });
    expect(code).toBe(Code.InvalidArgument);
  });
});

describe("a message in the query", () => {
  const get = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/parlance.v1.ChatService/Help?connect=v1&${query}`, { headers });

  test("is read whatever far deadline comes with it", async () => {
    for (const value of far["connect-timeout-ms"]!) {
      const response = await get("encoding=json&message=%7B%7D", { "connect-timeout-ms": value });
      expect([value, response.status]).toEqual([value, 200]);
    }
  });

  test("with a lone surrogate is refused with a well-formed message", async () => {
    const response = await get(`encoding=json&message=${encodeURIComponent('{"locale":"\\ud800"}')}`);
    const { code, message } = (await response.json()) as { code: string; message: string };
    expect([response.status, code, message.isWellFormed()]).toEqual([400, "invalid_argument", true]);
  });

  test.each([
    "encoding=json&base64=1&message=***",
    "encoding=proto&message=%0A%FF",
    "encoding=proto&compression=br&message=abc",
    "encoding=proto&compression=gzip&base64=1&message=AAAA",
    `encoding=proto&compression=gzip&base64=1&message=${gzipSync("x").subarray(0, -5).toString("base64url")}`,
    "encoding=json&message={",
  ])("that cannot be read, %s, is an invalid argument", async (query) => {
    const response = await get(query);
    expect([response.status, await response.json()]).toMatchObject([400, { code: "invalid_argument" }]);
  });
});
