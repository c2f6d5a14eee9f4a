import { once } from "node:events";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ids } from "../../server/room/ports.js";
import { systemIds } from "../../server/system.js";
import { createManualClock } from "../support/manual-clock.js";
import { login } from "../support/people.js";
import { openServer, type TestServer } from "../support/server.js";

/** The same in each server, so that tokens, ids and cursors are the same, too. */
function countingIds(): Ids {
  let count = 0;
  const next = () => systemIds.hash(String(count++));
  return {
    random: (bytes = 12) => next().slice(0, Math.ceil((bytes * 4) / 3)),
    bytes: (length) => Buffer.from(next(), "base64url").subarray(0, length),
    hash: systemIds.hash,
  };
}

/** Two servers that receive the same requests in the same order: with the fast path, and with Connect alone. */
const servers: { server: TestServer; token: string }[] = [];
beforeAll(async () => {
  for (const fastPath of [true, false]) {
    const server = await openServer({
      clock: createManualClock(),
      ids: countingIds(),
      fastPath,
      flags: ["--exempt", "127.0.0.0/8"],
    });
    const { token } = await login(createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }), "ada");
    servers.push({ server, token });
  }
  expect(servers[0]!.token).toBe(servers[1]!.token);
});
afterAll(async () => {
  for (const { server } of servers) await server.close();
});

interface Request {
  readonly method: string;
  readonly path: string;
  /** A line each; without a length and an end. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/** The status line, the headers except `date` in the order of their names, and the body: as they are on the wire. */
async function ask({ server }: (typeof servers)[0], { method, path, headers, body }: Request) {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${hostname}`,
    ...headers,
    `content-length: ${body.length}`,
    "connection: close",
  ];
  socket.write(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]));
  const bytes = await buffer(socket);
  const headEnd = bytes.indexOf("\r\n\r\n");
  const [status, ...fields] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  return {
    status,
    fields: fields
      .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
      .filter((line) => !line.startsWith("date:"))
      .sort(),
    body: bytes.toString("latin1", headEnd + 4),
  };
}

async function expectSame(requests: readonly Request[]): Promise<void> {
  const different: unknown[] = [];
  for (const request of requests) {
    const [fast, ordinary] = await Promise.all(servers.map((server) => ask(server, request)));
    expect(fast?.status).toMatch(/^HTTP\/1\.1 \d{3} /);
    if (JSON.stringify(fast) !== JSON.stringify(ordinary))
      different.push({ ...request, body: Buffer.from(request.body).toString("latin1"), fast, ordinary });
  }
  expect(different).toEqual([]);
}

/** Every choice of one from each list. */
function product<T extends readonly unknown[]>(...lists: { [K in keyof T]: readonly T[K][] }): T[] {
  let choices: unknown[][] = [[]];
  for (const list of lists) choices = choices.flatMap((chosen) => list.map((one) => [...chosen, one]));
  return choices as unknown as T[];
}

const utf8 = (text: string): Uint8Array => Buffer.from(text);
const messages: Record<string, readonly Uint8Array[]> = {
  json: [
    utf8('{"text":"hello 你好"}'),
    utf8('{"text":"once","requestId":"r"}'),
    utf8('{"text":"hi","colour":"red"}'),
    utf8('{"recipient":"ADA","text":"hi"}'),
    utf8('{"recipient":"adda","text":"hi"}'),
    utf8("{}"),
    utf8('{"text":'),
    utf8('{"text":1}'),
    utf8('{"text":"a\\ud800"}'),
    Uint8Array.of(123, 34, 255, 34, 125),
    new Uint8Array(),
  ],
  proto: [
    Uint8Array.of(10, 2, 104, 105),
    Uint8Array.of(10, 3, 65, 68, 65, 26, 2, 104, 105),
    Uint8Array.of(15),
    Uint8Array.of(10, 1, 255),
    new Uint8Array(),
  ],
};
const formatOf = (type: string) => (type.includes("proto") ? "proto" : "json");

type Choice = [method: string, path: string, type: string, more: readonly string[], body: string];

describe("the fast path responds as Connect does, to the byte", () => {
  describe.each(["application/json", "application/proto", "application/json; charset=utf-8"])(
    "%s",
    (type) => {
      test.each(["", "identity", "gzip"])("in content-encoding %j", async (encoding) => {
        const token = `authorization: Bearer ${servers[0]!.token}`;
        const choices = product<[string, Uint8Array, string[], string[]]>(
          ["Broadcast", "SendTo"],
          messages[formatOf(type)]!,
          [[token], [], [token, "accept-language: zh", "origin: https://a.example"]],
          [[], ["connect-timeout-ms: 5000"], ["connect-timeout-ms: soon"]],
        );
        await expectSame(
          choices.map(([rpc, message, more, deadline]) => ({
            method: "POST",
            path: `/parlance.v1.ChatService/${rpc}`,
            headers: [
              `content-type: ${type}`,
              ...more,
              ...(encoding === "" ? [] : [`content-encoding: ${encoding}`]),
              ...deadline,
            ],
            body: encoding === "gzip" ? gzipSync(message) : message,
          })),
        );
      });
    },
  );

  test("to what is no plain call", async () => {
    const token = `authorization: Bearer ${servers[0]!.token}`;
    const others = product<Choice>(
      ["POST", "GET", "HEAD", "PUT", "OPTIONS"],
      ["Broadcast", "Broadcast?x=1", "broadcast", "Help?connect=v1&encoding=json&message={}"],
      ["content-type: application/json", "content-type: text/plain", "x: 1"],
      [[token], ["connect-timeout-ms: 99999999999"]],
      ['{"text":"hi"}'],
    );
    const almostPlain = product<Choice>(
      ["POST"],
      ["Broadcast"],
      ["content-type: application/json", "content-type: application/json;x=1"],
      [
        [token],
        [token, "content-encoding: snappy"],
        [token, "connect-protocol-version: 1"],
        [token, "connect-protocol-version: 2"],
      ],
      ['{"text":"hi"}', JSON.stringify({ text: "x".repeat(70_000) })],
    );
    await expectSame(
      [...others, ...almostPlain].map(([method, path, type, more, body]) => ({
        method,
        path: `/parlance.v1.ChatService/${path}`,
        headers: [type, ...more],
        body: utf8(body),
      })),
    );
  });
});
