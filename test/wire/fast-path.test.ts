import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createManualClock } from "../support/manual-clock.js";
import { login } from "../support/people.js";
import { openServer, type TestServer } from "../support/server.js";

/** Two servers at the same time: with the fast path, and with Connect alone. */
const servers: { server: TestServer; token: string }[] = [];
beforeAll(async () => {
  for (const fastPath of [true, false]) {
    const server = await openServer({ clock: createManualClock(), fastPath });
    const { token } = await login(createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }), "ada");
    servers.push({ server, token });
  }
});
afterAll(async () => {
  for (const { server } of servers) await server.close();
});

interface Call {
  readonly rpc?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

const proto = { "content-type": "application/proto" };
const calls: Record<string, Call> = {
  "a message": { body: '{"text":"hello 你好"}' },
  "a message in protobuf": { body: Uint8Array.of(10, 2, 104, 105), headers: proto },
  "a private message": { rpc: "SendTo", body: '{"recipient":"ADA","text":"hi"}' },
  "a retry": { body: '{"text":"once","requestId":"r"}' },
  "an unknown field": { body: '{"text":"hi","colour":"red"}' },
  "a deadline": { body: '{"text":"hi"}', headers: { "connect-timeout-ms": "5000" } },
  "a deadline that is none": { body: '{"text":"hi"}', headers: { "connect-timeout-ms": "soon" } },
  "a type with parameters": {
    body: '{"text":"hi"}',
    headers: { "content-type": "application/json; charset=utf-8" },
  },
  "no JSON": { body: '{"text":' },
  "a field of the wrong type": { body: '{"text":1}' },
  "no protobuf": { body: Uint8Array.of(15), headers: proto },
  "bytes that are not UTF-8": { body: Uint8Array.of(123, 34, 255, 34, 125) },
  "an empty text": { body: "{}" },
  "an empty text, in Chinese": { body: "{}", headers: { "accept-language": "zh" } },
  "unknown recipient": { rpc: "SendTo", body: '{"recipient":"adda","text":"hi"}' },
  "no token": { body: '{"text":"hi"}', headers: { authorization: "" } },
  "a body over 64 KiB": { body: JSON.stringify({ text: "x".repeat(70_000) }) },
  "another type": { body: "{}", headers: { "content-type": "text/plain" } },
  "unknown compression": { body: "{}", headers: { "content-encoding": "snappy" } },
};

async function ask(
  { server, token }: (typeof servers)[0],
  { rpc = "Broadcast", body = "{}", headers = {} }: Call,
) {
  const response = await fetch(`${server.url}/parlance.v1.ChatService/${rpc}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
    body,
  });
  const kept = ["content-type", "content-language", "vary", "content-encoding"];
  const bytes = Buffer.from(await response.arrayBuffer());
  return {
    status: response.status,
    headers: kept.map((name) => response.headers.get(name)),
    body:
      response.headers.get("content-type") === "application/proto"
        ? bytes.length
        : withoutPlace(bytes.toString()),
  };
}

/** Ids and cursors differ between the servers. */
const withoutPlace = (json: string) => json.replace(/"(id|cursor)":"[^"]+"/g, '"$1"');

describe("the fast path", () => {
  test.each(Object.entries(calls))("%s: the same response as Connect's", async (_name, call) => {
    const [short, ordinary] = await Promise.all(servers.map((server) => ask(server, call)));
    expect(short).toEqual(ordinary);
  });
});
