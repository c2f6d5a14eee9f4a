import { once } from "node:events";
import { type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { login } from "../support/people.js";
import { eventually } from "../support/raw-peer.js";
import { listen, type TestServer } from "../support/server.js";

const SERVICE = "/parlance.v1.ChatService";
let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await listen();
  token = (await login(createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }), "ada")).token;
});
afterAll(async () => {
  expect(server.logged).toEqual([]);
  await server.close();
});

interface Sender {
  readonly socket: Socket;
  text(): string;
  isOver(): boolean;
}

/** Sends a head and `sent` bytes of a body of `length`, and then nothing. */
async function begin(rpc: string, headers: Record<string, string>, length: number, sent: Uint8Array) {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let text = "";
  let over = false;
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  const end = () => {
    over = true;
  };
  socket.on("end", end).on("close", end).on("error", end);
  await once(socket, "connect");
  const lines = Object.entries({ host: hostname, "content-length": String(length), ...headers });
  socket.write(`POST ${SERVICE}/${rpc} HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join("")}\r\n`);
  socket.write(sent);
  return { socket, text: () => text, isOver: () => over } satisfies Sender;
}

const types = [
  "application/json",
  "application/proto",
  "application/grpc-web+proto",
  "application/connect+proto",
];

/** Whether an RPC is called by a type at all; for others, that is what a call is refused for. */
const fits = (rpc: string, type: string) =>
  type.includes("grpc") || type.includes("connect+") === (rpc === "Subscribe");
const rpcsOf = (type: string) => ["Broadcast", "Subscribe", "ListUsers"].filter((rpc) => fits(rpc, type));

describe("a call without a token", () => {
  test.each(types)("is refused over HTTP/1.1 before its body, and loses its connection: %s", async (type) => {
    for (const rpc of rpcsOf(type)) {
      const sender = await begin(rpc, { "content-type": type }, 60_000, Buffer.alloc(100));
      await eventually(() => expect(sender.isOver()).toBe(true));
      expect(sender.text()).toMatch(/^HTTP\/1\.1 (401|200) /);
      expect(sender.text()).toMatch(/"code":"unauthenticated"|grpc-status: 16/);
      expect(sender.text()).toMatch(/connection: close/i);
    }
  });

  test("keeps its connection if its body came with its head", async () => {
    const headers = { "content-type": "application/json" };
    const sender = await begin("Broadcast", headers, 2, Buffer.from("{}"));
    await eventually(() => expect(sender.text()).toMatch(/^HTTP\/1\.1 401 [\s\S]*unauthenticated/));
    sender.socket.write(`GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n`);
    await eventually(() => expect(sender.text()).toMatch(/HTTP\/1\.1 200 OK[\s\S]*ok\n/));
    sender.socket.destroy();
  });

  test.each([...types, "application/grpc", "application/grpc+json"])(
    "is refused over HTTP/2 before its body, and its stream is reset: %s",
    async (type) => {
      const session = connectHttp2(server.url);
      for (const rpc of rpcsOf(type)) {
        const headers = { ":method": "POST", ":path": `${SERVICE}/${rpc}`, "content-type": type };
        const { text, code } = await answerOf(session.request(headers));
        expect(text).toMatch(/"code":"unauthenticated"|"grpc-status":"16"/);
        expect(code).toBe(0);
      }
      session.destroy();
    },
  );
});

/** All that comes back to a stream that does not end, as text, and the code of its end. */
async function answerOf(stream: ClientHttp2Stream): Promise<{ text: string; code: number }> {
  let text = "";
  stream.on("response", (headers) => {
    text += JSON.stringify(headers);
  });
  stream.on("trailers", (trailers) => {
    text += JSON.stringify(trailers);
  });
  stream.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  await once(stream, "close");
  return { text, code: stream.rstCode };
}

describe("a body that is too large", () => {
  const ONE_MIB = Buffer.alloc(1024 * 1024);
  ONE_MIB.writeUInt32BE(ONE_MIB.length - 5, 1);

  test.each(types)("loses its connection over HTTP/1.1, its sender silent or not: %s", async (type) => {
    for (const sent of [ONE_MIB, ONE_MIB.subarray(0, 300_000)]) {
      const headers = { "content-type": type, authorization: `Bearer ${token}` };
      const rpc = type.includes("connect+") ? "Subscribe" : "Broadcast";
      const sender = await begin(rpc, headers, ONE_MIB.length, sent);
      await eventually(() => expect(sender.isOver()).toBe(true));
      expect(sender.text()).toMatch(/"code":"resource_exhausted"|grpc-status: 8/);
      await eventually(() => expect(sender.socket.destroyed).toBe(true));
    }
  });

  test.each([...types, "application/grpc"])("has its stream reset over HTTP/2: %s", async (type) => {
    const session = connectHttp2(server.url);
    const stream = session.request({
      ":method": "POST",
      ":path": `${SERVICE}/${type.includes("connect+") ? "Subscribe" : "Broadcast"}`,
      "content-type": type,
      authorization: `Bearer ${token}`,
    });
    stream.write(ONE_MIB);
    const { text, code } = await answerOf(stream);
    expect(text).toMatch(/"code":"resource_exhausted"|grpc-status: 8|"grpc-status":"8"/);
    expect(code).toBe(0);
    session.destroy();
  });

  test.each(["Login", "Help"])("is smaller for %s, which everyone may call", async (rpc) => {
    const headers = { "content-type": "application/json" };
    const sender = await begin(rpc, headers, 60_000, Buffer.alloc(10_000, " "));
    await eventually(() => expect(sender.isOver()).toBe(true));
    expect(sender.text()).toContain('"code":"resource_exhausted"');
  });
});
