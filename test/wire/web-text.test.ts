import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  HelpRequestSchema,
  HelpResponseSchema,
  SubscribeRequestSchema,
  SubscribeResponseSchema,
} from "../../gen/parlance/v1/chat_service_pb.js";
import { login, type Person } from "../support/people.js";
import { envelope, envelopes } from "../support/raw-call.js";
import { listen, type TestServer } from "../support/server.js";

const SERVICE = "/parlance.v1.ChatService";
let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await listen();
  ada = await login(createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }), "ada");
});
afterAll(async () => {
  expect(server.logged).toEqual([]);
  await server.close();
});

interface Answer extends AsyncDisposable {
  readonly headers: Record<string, unknown>;
  readonly body: Readable;
}
type Post = (rpc: string, headers: Record<string, string>, body: string) => Promise<Answer>;

const http1: Post = async (rpc, headers, body) => {
  const request = httpRequest(`${server.url}${SERVICE}/${rpc}`, { method: "POST", headers });
  request.end(body);
  const [response] = await once(request, "response");
  return {
    headers: response.headers,
    body: response,
    async [Symbol.asyncDispose]() {
      request.destroy();
    },
  };
};
const http2: Post = async (rpc, headers, body) => {
  const session = connectHttp2(server.url);
  const stream = session.request({ ":method": "POST", ":path": `${SERVICE}/${rpc}`, ...headers });
  stream.end(body);
  const [received] = await once(stream, "response");
  return {
    headers: received,
    body: stream,
    async [Symbol.asyncDispose]() {
      session.destroy();
    },
  };
};

/** The bytes in segments of base64, each padded on its own; a last segment may be cut off. */
function decode(text: string): Buffer {
  const whole = text.slice(0, text.length - (text.length % 4));
  return Buffer.concat(whole.match(/.{4}/g)?.map((four) => Buffer.from(four, "base64")) ?? []);
}

const text = (message: Uint8Array) => envelope(message).toString("base64");

describe.each<[string, Post]>([
  ["HTTP/1.1", http1],
  ["HTTP/2", http2],
])("gRPC-Web as text over %s", (_, post) => {
  test.each(["application/grpc-web-text", "application/grpc-web-text+proto"])("%s: a call", async (type) => {
    const message = toBinary(HelpRequestSchema, create(HelpRequestSchema, { command: "ls", locale: "en" }));
    await using answer = await post("Help", { "content-type": type }, text(message));
    expect(answer.headers["content-type"]).toBe(type);
    const [response, trailers] = [...envelopes(decode((await buffer(answer.body)).toString()))];
    expect(fromBinary(HelpResponseSchema, response!.message).text).toContain("/ls");
    expect([trailers?.flags, trailers?.message.toString()]).toEqual([
      0x80,
      expect.stringContaining("grpc-status: 0"),
    ]);
  });

  test("a feed, with what is written past Connect", async () => {
    const request = toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, {}));
    const headers = {
      "content-type": "application/grpc-web-text",
      authorization: `Bearer ${ada.token}`,
    };
    await using answer = await post("Subscribe", headers, text(request));
    let received = "";
    const kinds = () =>
      [...envelopes(decode(received))].map(({ message }) => {
        const { item } = fromBinary(SubscribeResponseSchema, message);
        return item.case === "event" ? item.value.kind.case : item.case;
      });
    let said = 0;
    for await (const chunk of answer.body) {
      received += chunk.toString("latin1");
      if (kinds().includes("caughtUp") && said++ < 3) await ada.say(`message ${said}`);
      if (kinds().filter((kind) => kind === "groupMessage").length === 3) break;
    }
    expect(kinds()).toEqual(["hello", "caughtUp", "groupMessage", "groupMessage", "groupMessage"]);
  });

  test("a refusal", async () => {
    await using answer = await post(
      "Broadcast",
      { "content-type": "application/grpc-web-text" },
      text(Buffer.of()),
    );
    expect(answer.headers["grpc-status"]).toBe("16");
  });

  test("a body that is not in base64 is an invalid argument", async () => {
    await using answer = await post("Help", { "content-type": "application/grpc-web-text" }, "\0\0\0\0\0");
    expect([answer.headers["grpc-status"], answer.headers["grpc-message"]]).toEqual([
      "3",
      "the body is not in base64",
    ]);
  });
});
