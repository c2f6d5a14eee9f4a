import { gzipSync } from "node:zlib";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adjustResponse, encodeMessage } from "../../server/wire/grpc-status.js";
import { envelope, rawProtocols } from "../support/raw-call.js";
import { listen, type TestServer } from "../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await listen();
});
afterAll(() => server.close());

const SERVICE = "/parlance.v1.ChatService";

test.each([
  ["plain; words, with: punctuation / and 'quotes' ~", "plain; words, with: punctuation / and 'quotes' ~"],
  ["100 %", "100 %25"],
  ["你好 a\nb", "%E4%BD%A0%E5%A5%BD a%0Ab"],
  [" spaces at the ends  ", "%20spaces at the ends%20%20"],
  ["   ", "%20%20%20"],
  ["\u{1f600}%\u007f", "%F0%9F%98%80%25%7F"],
])("%j is encoded as %j", (message, encoded) => {
  expect(encodeMessage(message)).toBe(encoded);
  expect(decodeURIComponent(encoded)).toBe(message);
});

const refused = "log in first: the token is missing or unknown, or its session has ended";

describe.each(Object.entries(rawProtocols).filter(([name]) => name.startsWith("gRPC")))(
  "%s",
  (_, protocol) => {
    test.each(["Broadcast", "Login", "Nope"])("the message of a refused %s has its spaces", async (rpc) => {
      const body = Buffer.from(protocol.codec === "json" ? "{}" : "");
      const { headers } = await protocol.call(server.url, { rpc, body });
      expect(headers["grpc-message"]).toMatch(
        /^(log in first: |a nickname needs at least|this server has no RPC \/)/,
      );
    });

    test("the message is percent-encoded where it is not ASCII", async () => {
      const { headers, message } = await protocol.call(server.url, {
        rpc: "Broadcast",
        body: new Uint8Array(),
        headers: { "accept-language": "zh" },
      });
      expect(headers["grpc-message"]).toMatch(/^(%[0-9A-F]{2})+$/);
      expect(message).toMatch(/^请先登录/);
    });
  },
);

test("trailers of gRPC-Web that Connect compressed are sent plain", async () => {
  const trailers = gzipSync("grpc-status: 3\r\ngrpc-message: a%20b%3B%20%E4%BD%A0\r\nx: a%20b\r\n");
  async function* body() {
    yield envelope(Buffer.from("message"), 0);
    yield envelope(trailers, 0x81);
  }
  const header = new Headers({ "content-type": "application/grpc-web+proto", "grpc-encoding": "gzip" });
  const chunks: Uint8Array[] = [];
  for await (const chunk of adjustResponse({ status: 200, header, body: body() }).body ?? [])
    chunks.push(chunk);
  expect(chunks).toEqual([
    envelope(Buffer.from("message"), 0),
    envelope(Buffer.from("grpc-status: 3\r\ngrpc-message: a b; %E4%BD%A0\r\nx: a%20b\r\n"), 0x80),
  ]);
});

test("the gRPC library of others shows the message as it is", async () => {
  const client = new Client(new URL(server.url).host, credentials.createInsecure());
  const same = (bytes: Buffer) => bytes;
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.makeUnaryRequest(`${SERVICE}/Broadcast`, same, same, Buffer.alloc(0), new Metadata(), resolve);
  });
  client.close();
  expect(error?.details).toBe(refused);
});
