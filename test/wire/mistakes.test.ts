import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { buffer } from "node:stream/consumers";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { login } from "../support/people.js";
import { eventually, openRaw } from "../support/raw-peer.js";
import { listen, type TestServer } from "../support/server.js";

const SERVICE = "/parlance.v1.ChatService";
let server: TestServer;
let authorization: string;
beforeAll(async () => {
  server = await listen("--allow-origin", "https://a.example");
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  authorization = `Bearer ${(await login(transport, "ada")).token}`;
});
afterAll(async () => {
  expect(server.logged).toEqual([]);
  await server.close();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}
type Ask = (
  method: string,
  path: string,
  headers?: Record<string, string>,
  body?: string | Buffer,
) => Promise<Answer>;

const http1: Ask = async (method, path, headers = {}, body) => {
  const request = httpRequest(`${server.url}${path}`, { method, headers });
  request.end(body);
  const [response] = await once(request, "response");
  return {
    status: response.statusCode,
    headers: response.headers,
    text: (await buffer(response)).toString(),
  };
};

const http2: Ask = async (method, path, headers = {}, body) => {
  const session = connectHttp2(server.url);
  try {
    const stream = session.request({ ":method": method, ":path": path, ...headers }, { endStream: false });
    stream.end(body);
    const [received] = await once(stream, "response");
    return { status: received[":status"], headers: received, text: (await buffer(stream)).toString() };
  } finally {
    session.destroy();
  }
};

const json = { "content-type": "application/json" };

describe.each<[string, Ask]>([
  ["HTTP/1.1", http1],
  ["HTTP/2", http2],
])("over %s", (_, ask) => {
  test.each([
    ["ListUsers", "application/x-www-form-urlencoded", "does not read application/x-www-form-urlencoded"],
    ["Login", "text/plain\u00e9", "does not read text/plain?"],
    ["Help", "application/grpc-web-text+json", "does not read application/grpc-web-text+json"],
    ["Subscribe", "application/json", "does not read application/json"],
  ])("%s as %s is 415, with what would work", async (rpc, type, words) => {
    const { status, headers, text } = await ask("POST", `${SERVICE}/${rpc}`, { "content-type": type }, "{}");
    const { code, message } = JSON.parse(text);
    expect([status, code, headers["content-type"]]).toEqual([
      415,
      "unknown",
      "application/json; charset=utf-8",
    ]);
    expect(message).toContain(words);
    expect(message).toContain(`SERVER${SERVICE}/${rpc}`);
    expect(headers["accept-post"]).toContain(
      message.includes("buf curl") ? "connect+json" : "application/json",
    );
    expect(headers["accept-post"]).toContain("application/grpc-web-text+proto");
  });

  test("a request without a content-type is 415, with a command that works", async () => {
    const { status, text } = await ask("POST", `${SERVICE}/Help`, {}, "{}");
    expect(status).toBe(415);
    const { message } = JSON.parse(text);
    expect(message).toMatch(/^the request has no content-type; it reads application\/json, /);
    expect(message).toContain(`curl -H 'content-type: application/json' -d '{}' SERVER${SERVICE}/Help`);
  });

  test.each([
    ["GET", "Broadcast", "POST"],
    ["OPTIONS", "Broadcast", "POST"],
    ["DELETE", "Help", "POST, GET, HEAD"],
    ["HEAD", "Broadcast", "POST"],
  ])("%s of %s is 405, with what is allowed, whoever asks", async (method, rpc, allow) => {
    const { status, headers, text } = await ask(method, `${SERVICE}/${rpc}`);
    expect([status, headers.allow]).toEqual([405, allow]);
    if (method === "HEAD") expect(text).toBe("");
    else
      expect(JSON.parse(text)).toEqual({
        code: "unknown",
        message: expect.stringContaining(`is not served for ${method}, only for ${allow}; try: curl `),
      });
  });

  test("a GET without encoding in its query is told what it needs", async () => {
    const { status, text } = await ask("GET", `${SERVICE}/Help?message={}`);
    expect([status, JSON.parse(text).message]).toEqual([415, expect.stringContaining("encoding=json")]);
  });

  test.each(["GET", "POST", "PUT"])("%s of an unknown RPC is 404 and unimplemented", async (method) => {
    const { status, text } = await ask(method, `${SERVICE}/Shout`, json, method === "GET" ? undefined : "{}");
    expect([status, JSON.parse(text)]).toEqual([
      404,
      { code: "unimplemented", message: expect.stringContaining(`no RPC ${SERVICE}/Shout`) },
    ]);
  });

  test("words are in the language of the caller", async () => {
    for (const [method, path, headers] of [
      ["POST", `${SERVICE}/Help`, {}],
      ["GET", `${SERVICE}/Broadcast`, {}],
      ["GET", "/nowhere", {}],
      ["GET", `${SERVICE}/Help`, {}],
      ["POST", `${SERVICE}/Help`, { ...json, "connect-protocol-version": "2" }],
    ] as const) {
      const answer = await ask(method, path, { ...headers, "accept-language": "zh" });
      expect(JSON.parse(answer.text).message).toMatch(/[\u4e00-\u9fff]/);
      expect([answer.headers["content-language"], answer.headers.vary]).toEqual([
        "zh-CN",
        "origin, accept-language",
      ]);
    }
  });

  test.each([
    ["POST", `${SERVICE}/Help`, { ...json, "connect-protocol-version": "2" }, "must be 1, not 2"],
    ["POST", `${SERVICE}/Broadcast`, { ...json, "connect-protocol-version": "x" }, "must be 1, not x"],
    ["GET", `${SERVICE}/Help?connect=v2&encoding=json&message={}`, {}, "must be v1, not v2"],
  ])("%s %s of another version of Connect is refused", async (method, path, headers, words) => {
    const { status, text } = await ask(
      method,
      path,
      { authorization, ...headers },
      method === "GET" ? undefined : '{"text":"hi"}',
    );
    expect([status, JSON.parse(text)]).toEqual([
      400,
      { code: "invalid_argument", message: expect.stringContaining(words) },
    ]);
  });

  test.each(["application/connect+json", "application/connect+proto", "application/grpc-web+json"])(
    "a message of %s without its envelope is refused as that",
    async (type) => {
      const body = type.includes("json") ? '{"backlog":1}' : Buffer.of(0x10, 1);
      const { headers, text } = await ask(
        "POST",
        `${SERVICE}/Subscribe`,
        { "content-type": type, authorization },
        body,
      );
      const message = decodeURIComponent(String(headers["grpc-message"] ?? "")) || text;
      expect(message).toContain("one byte of flags and four bytes of length");
      expect(message).toContain(`buf curl -d '{}' SERVER${SERVICE}/Subscribe`);
    },
  );

  test("HEAD of an RPC that allows GET is a GET without a body", async () => {
    const path = `${SERVICE}/Help?connect=v1&encoding=json&message={}`;
    const [get, head] = [await ask("GET", path), await ask("HEAD", path)];
    const { date: _get, ...expected } = get.headers;
    const { date: _head, ...received } = head.headers;
    expect([head.status, received, head.text]).toEqual([200, expected, ""]);
    expect(get.text).toContain("/ls");
    const refused = await ask("HEAD", `${SERVICE}/ListUsers?connect=v1&encoding=json&message={}`);
    expect([refused.status, refused.text]).toEqual([401, ""]);
  });

  test("vary names origin and language, whichever way a response takes", async () => {
    for (const [rpc, headers] of [
      ["Help", json],
      ["Broadcast", json],
      ["SendTo", { ...json, authorization }],
      ["ListUsers", { ...json, authorization: "Bearer x" }],
    ] as const) {
      const answer = await ask(
        "POST",
        `${SERVICE}/${rpc}`,
        { origin: "https://a.example", ...headers },
        "{}",
      );
      expect([rpc, answer.headers.vary]).toEqual([rpc, "origin, accept-language"]);
    }
  });
});

test("what is refused as a whole keeps its connection", async () => {
  const peer = await openRaw(Number(new URL(server.url).port));
  const head = (method: string, path: string) => `${method} ${path} HTTP/1.1\r\nhost: a\r\n`;
  for (const request of [
    `${head("GET", "/nowhere")}\r\n`,
    `${head("GET", `${SERVICE}/Broadcast`)}\r\n`,
    `${head("PUT", "/nowhere")}content-length: 2\r\n\r\n{}`,
    `${head("POST", `${SERVICE}/Help`)}content-length: 2\r\n\r\n{}`,
  ]) {
    const before = peer.received().length;
    await peer.send(request);
    await eventually(() =>
      expect(peer.text().slice(before)).toMatch(/^HTTP\/1\.1 4\d\d [\s\S]*(SERVER|describes)/),
    );
  }
  expect(peer.text()).not.toMatch(/connection: close/i);
  peer.socket.destroy();
});

test("a target in absolute form is served, and its authority is the host", async () => {
  const { host, port } = new URL(server.url);
  for (const target of [`http://${host}${SERVICE}/Help`, `HTTP://other.example${SERVICE}/Help`]) {
    const peer = await openRaw(Number(port));
    await peer.send(
      `POST ${target} HTTP/1.1\r\nhost: [\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    );
    await eventually(() => expect(peer.text()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\/ls/));
    peer.socket.destroy();
  }
  const peer = await openRaw(Number(port));
  await peer.send("GET http://[/healthz HTTP/1.1\r\nhost: a\r\n\r\n");
  await eventually(() => expect(peer.text()).toMatch(/^HTTP\/1\.1 400 /));
  peer.socket.destroy();
  const root = await openRaw(Number(port));
  await root.send("GET http://a HTTP/1.1\r\nhost: a\r\n\r\n");
  await eventually(() => expect(root.text()).toContain("This is Parlance"));
  root.socket.destroy();
});
