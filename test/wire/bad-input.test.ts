import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { login } from "../support/people.js";
import { listen, type TestServer } from "../support/server.js";

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await listen();
  token = (await login(createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }), "ada")).token;
});
afterAll(async () => {
  // None of it is a fault of the server.
  expect(server.logged).toEqual([]);
  await server.close();
});

interface Answer {
  readonly status: number;
  readonly body: {
    code?: string;
    message?: string;
    details?: { type: string; debug?: { reason?: string; field?: string } }[];
  };
  readonly text: string;
}

async function post(
  rpc: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${server.url}/parlance.v1.ChatService/${rpc}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
    body,
  });
  const text = await response.text();
  const body_ = text.startsWith("{") ? (JSON.parse(text) as Answer["body"]) : {};
  return { status: response.status, body: body_, text };
}

const unary = ["Login", "Broadcast", "SendTo", "ListUsers", "Help", "ToggleIgnore", "Logout"];

describe("bad input over the wire", () => {
  test.each(unary)("%s: a body that is not JSON is refused", async (rpc) => {
    for (const body of ["{", "[]", '"x"', "\u0000"]) {
      const { status, body: error, text } = await post(rpc, body);
      expect([status, error.code]).toEqual([400, "invalid_argument"]);
      expect(error.message).toBeTruthy();
      expect(text).not.toMatch(/\bat .*\.[jt]s:/);
    }
  });

  test("a field of the wrong type is refused", async () => {
    const wrong = '{"nickname":1,"text":[],"ignoring":"x","prefix":{},"command":{}}';
    for (const rpc of unary.filter((name) => name !== "Logout"))
      expect((await post(rpc, wrong)).body.code).toBe("invalid_argument");
  });

  test.each(unary)("%s: a body that is no protobuf is refused as what it is", async (rpc) => {
    const { status, body } = await post(rpc, Uint8Array.of(0x0f), {
      "content-type": "application/proto",
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(/^parse binary: /),
    });
  });

  test.each(["Login", "Broadcast", "SendTo", "Help"])("%s: a body over 64 KiB is refused", async (rpc) => {
    const { status, body } = await post(rpc, JSON.stringify({ text: "x".repeat(70_000) }));
    expect([status, body.code]).toEqual([429, "resource_exhausted"]);
  });

  test.each([
    ["Broadcast", { text: "" }, "text"],
    ["SendTo", { recipient: "", text: "hi" }, "recipient"],
    ["SendTo", { recipient: "x".repeat(65), text: "hi" }, "recipient"],
    ["SendTo", { recipient: "ada", recipientId: "x".repeat(65), text: "hi" }, "recipient_id"],
    ["SendTo", { recipient: "ada", text: "a\u0000b" }, "text"],
    ["Login", { nickname: "" }, "nickname"],
    ["Login", { nickname: "ada\u0007" }, "nickname"],
    ["Login", { nickname: "eve", requestId: "short" }, "request_id"],
    ["ListUsers", { pageToken: "%%%" }, "page_token"],
    ["Help", { command: "x".repeat(65) }, "command"],
    ["ToggleIgnore", { requestId: "x".repeat(65) }, "request_id"],
  ])("%s %j is refused with the field", async (rpc, body, field) => {
    const answer = await post(rpc, JSON.stringify(body));
    expect(answer.status).toBe(400);
    expect(answer.body.details?.[0]?.debug?.field).toBe(field);
  });

  test("text that is not UTF-8 is refused, not repaired", async () => {
    const inJson = new Uint8Array([...Buffer.from('{"text":"a'), 0xff, 0xfe, ...Buffer.from('"}')]);
    const inProto = Uint8Array.of(0x0a, 0x03, 0x61, 0xff, 0xfe);
    expect((await post("Broadcast", inJson)).body.code).toBe("invalid_argument");
    const binary = await post("Broadcast", inProto, { "content-type": "application/proto" });
    expect(binary.body.message).toMatch(/^parse binary: /);
    expect((await post("Broadcast", '{"text":"a\\ud800"}')).body.code).toBe("invalid_argument");
  });

  test("an unknown RPC is distinguishable from a failed one", async () => {
    expect((await post("Shout", "{}")).status).toBe(404);
    const { status } = await post("Broadcast", "{}", { "content-type": "text/plain" });
    expect(status).toBe(415);
  });

  test.each(["Broadcast", "SendTo", "ListUsers", "ToggleIgnore", "Logout"])(
    "%s: a wrong token is refused",
    async (rpc) => {
      for (const authorization of [
        "",
        "Bearer",
        "Bearer x",
        "Bearer ñ",
        `Basic ${token}`,
        `Bearer ${"x".repeat(5_000)}`,
      ]) {
        const { status, body } = await post(rpc, "{}", { authorization: encodeURI(authorization) });
        expect([status, body.code, body.details?.[0]?.debug?.reason]).toEqual([
          401,
          "unauthenticated",
          "ERROR_REASON_NOT_LOGGED_IN",
        ]);
      }
    },
  );

  test("the server keeps serving", async () => {
    expect((await post("Broadcast", '{"text":"still here"}')).status).toBe(200);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/nowhere`)).status).toBe(404);
  });

  test("RPCs without side effects accept GET, and the list is not cached", async () => {
    const headers = { authorization: `Bearer ${token}` };
    const query = "connect=v1&encoding=json&message=%7B%7D";
    const list = await fetch(`${server.url}/parlance.v1.ChatService/ListUsers?${query}`, { headers });
    expect([list.status, list.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const help = await fetch(`${server.url}/parlance.v1.ChatService/Help?${query}`, {
      headers: { "accept-language": "zh" },
    });
    expect([help.status, help.headers.get("content-language"), help.headers.get("vary")]).toEqual([
      200,
      "zh-CN",
      "accept-language",
    ]);
    const say = await fetch(`${server.url}/parlance.v1.ChatService/Broadcast?${query}`, { headers });
    expect(say.status).toBe(405);
  });
});
