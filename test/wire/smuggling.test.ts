import { gzipSync } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { login } from "../support/people.js";
import { rawProtocols } from "../support/raw-call.js";
import { eventually, openRaw } from "../support/raw-peer.js";
import { listen, type TestServer } from "../support/server.js";

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await listen();
  token = (await login(createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }), "ada")).token;
});
afterAll(() => server.close());

test.each([
  ["both lengths", "content-length: 4\r\ntransfer-encoding: chunked"],
  ["two lengths", "content-length: 4\r\ncontent-length: 5"],
  ["a length that is no number", "content-length: +4"],
  ["chunked twice", "transfer-encoding: chunked, chunked"],
  ["an unknown coding last", "transfer-encoding: chunked, identity"],
  ["a space before the colon", "content-length : 4"],
  ["a folded header", "x: 1\r\n content-length: 4"],
])("a request with %s is refused, and what follows is not read as another", async (_, lines) => {
  const peer = await openRaw(Number(new URL(server.url).port));
  const hidden = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
  const path = "/parlance.v1.ChatService/Broadcast";
  await peer.send(`POST ${path} HTTP/1.1\r\nhost: a\r\n${lines}\r\n\r\n0\r\n\r\n${hidden}`);
  await eventually(() => expect(peer.text()).toMatch(/^HTTP\/1\.1 400 Bad Request/));
  await peer.ended();
  expect(peer.text()).not.toContain("ok\n");
  peer.socket.destroy();
});

test.each(Object.entries(rawProtocols))(
  "a bomb of gzip is not inflated beyond the limit, over %s",
  async (_, one) => {
    const { code } = await one.call(server.url, {
      rpc: "Broadcast",
      body: gzipSync(Buffer.alloc(32 * 1024 * 1024, " ")),
      headers: { authorization: `Bearer ${token}`, [one.encodingHeader]: "gzip" },
    });
    expect(code).toBe(Code.ResourceExhausted);
  },
);
