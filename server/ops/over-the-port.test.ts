import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { promisify } from "node:util";
import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Health as HealthService } from "../../gen/health/v1/health_pb.js";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { createPort, type Port } from "../port/port.js";
import { createExplain } from "../rpc/errors.js";
import { createAdapter } from "../wire/adapter.js";
import { createNotFound } from "../wire/refusals/not-found.js";
import { createHealth, type Health } from "./health.js";
import { createHealthz } from "./healthz.js";
import { Readiness } from "./readiness.js";
import { reflectionRoutes } from "./reflection.js";

const FAR_MS = 60_000;
const explain = createExplain("en");
const run = promisify(execFile);

let url: string;
let port: Port;
let health: Health;
let readiness: Readiness;
let shutdown: AbortController;

beforeEach(async () => {
  shutdown = new AbortController();
  health = createHealth([ChatService.typeName]);
  readiness = new Readiness((ready) => health.setServing(ready));
  readiness.start();
  port = createPort({
    host: "127.0.0.1",
    port: 0,
    handler: createAdapter({
      observe: (observation) => expect(observation.kind).not.toBe("call_failed"),
      explain,
      fallback: createHealthz(readiness, "test/1.2.3", createNotFound(explain)),
      shutdownSignal: shutdown.signal,
      routes: (router) => {
        health.routes(router);
        reflectionRoutes([ChatService, HealthService])(router);
        router.service(ChatService, { help: () => ({ text: "Talk." }) });
      },
    }),
  });
  url = `http://127.0.0.1:${(await port.listen()).port}`;
});

const endStreams = () => shutdown.abort(new ConnectError("server is shutting down", Code.Unavailable));

afterEach(() => port.close({ limitMs: 0, endStreams }));

const TRANSPORTS: readonly [string, () => Transport][] = [
  ["Connect over HTTP/1.1", () => createConnectTransport({ baseUrl: url, httpVersion: "1.1" })],
  [
    "Connect JSON over HTTP/1.1",
    () => createConnectTransport({ baseUrl: url, httpVersion: "1.1", useBinaryFormat: false }),
  ],
  ["Connect over HTTP/2", () => createConnectTransport({ baseUrl: url, httpVersion: "2" })],
  ["gRPC", () => createGrpcTransport({ baseUrl: url })],
  ["gRPC-Web over HTTP/1.1", () => createGrpcWebTransport({ baseUrl: url, httpVersion: "1.1" })],
  ["gRPC-Web over HTTP/2", () => createGrpcWebTransport({ baseUrl: url, httpVersion: "2" })],
];

describe("buf curl, with nothing but the address", () => {
  async function curl(...args: string[]): Promise<string> {
    const { stdout } = await run("node_modules/.bin/buf", ["curl", "--http2-prior-knowledge", ...args]);
    return stdout;
  }

  test.each(["grpc-v1", "grpc-v1alpha"])("lists services and methods by reflection %s", async (version) => {
    const reflect = ["--reflect-protocol", version];
    expect((await curl(...reflect, "--list-services", url)).trim().split("\n")).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "parlance.v1.ChatService",
    ]);
    const methods = (await curl(...reflect, "--list-methods", url)).trim().split("\n");
    const own = ChatService.methods.map((method) => `${ChatService.typeName}/${method.name}`);
    expect(methods.filter((name) => name.startsWith("parlance."))).toEqual(own.sort());
  });

  test.each(["connect", "grpc", "grpcweb"])("then makes a call by %s", async (protocol) => {
    const answer = await curl("--protocol", protocol, "--data", "{}", `${url}/parlance.v1.ChatService/Help`);
    expect(JSON.parse(answer)).toEqual({ text: "Talk." });
  });

  test("works as documented, without telling it about HTTP/2", async () => {
    const { stdout } = await run("node_modules/.bin/buf", ["curl", url, "--list-methods"]);
    expect(stdout).toContain("parlance.v1.ChatService/Broadcast");
  });
});

describe.each(TRANSPORTS)("by %s", (_, transport) => {
  test("a Watch hears that the server stops, ends as unavailable, and does not hold the port", async () => {
    const watch = createClient(HealthService, transport()).watch({})[Symbol.asyncIterator]();
    const heard = [(await watch.next()).value?.status];
    const last = watch.next();
    health.setServing(false);
    const closed = port.close({ limitMs: FAR_MS, endStreams });
    heard.push((await last).value?.status);
    expect(heard).toEqual([1, 2]);
    await expect(watch.next()).rejects.toMatchObject({
      code: Code.Unavailable,
      rawMessage: "server is shutting down",
    });
    await closed;
  });

  test.each(["unary", "server_streaming"])(
    "an RPC that is not here is refused in words (%s)",
    async (kind) => {
      const absent = { ...HealthService, typeName: "acme.v1.Absent" } as DescService;
      const method = absent.methods.find((each) => each.methodKind === kind);
      const call = async () => {
        const there = transport();
        const input = {};
        if (kind === "unary")
          return there.unary({ ...method, parent: absent } as never, undefined, undefined, {}, input);
        async function* one() {
          yield input;
        }
        const { message } = await there.stream(
          { ...method, parent: absent } as never,
          undefined,
          undefined,
          {},
          one(),
        );
        for await (const _ of message);
      };
      await expect(call()).rejects.toMatchObject({
        code: Code.Unimplemented,
        rawMessage: expect.stringMatching(
          /^this server has no RPC \/acme\.v1\.Absent\/\w+; server reflection lists/,
        ),
      });
    },
  );
});

test("an RPC that is not there is UNIMPLEMENTED for the gRPC library of others, too", async () => {
  const client = new Client(new URL(url).host, credentials.createInsecure());
  const same = (bytes: Buffer) => bytes;
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.makeUnaryRequest("/parlance.v1.ChatService/Nope", same, same, Buffer.alloc(0), resolve);
  });
  client.close();
  expect(error).toMatchObject({ code: status.UNIMPLEMENTED });
});

interface Answer {
  status: number;
  type: string | null;
  body: string;
}

async function overHttp1(method: string, path: string): Promise<Answer> {
  const response = await fetch(url + path, { method });
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
}

async function overHttp2(method: string, path: string): Promise<Answer> {
  const session = connectHttp2(url);
  const stream = session.request({ ":method": method, ":path": path });
  const [headers] = await once(stream, "response");
  let body = "";
  for await (const chunk of stream.setEncoding("utf8")) body += chunk;
  session.close();
  return { status: headers[":status"], type: headers["content-type"], body };
}

describe.each([
  ["HTTP/1.1", overHttp1],
  ["HTTP/2", overHttp2],
])("over %s", (_, call) => {
  const type = "text/plain; charset=utf-8";

  test("/healthz is ok as long as the process serves", async () => {
    expect(await call("GET", "/healthz")).toEqual({ status: 200, type, body: "ok\n" });
    expect(await call("HEAD", "/healthz?from=balancer")).toEqual({ status: 200, type, body: "" });
    readiness.shutDown();
    expect(await call("GET", "/healthz")).toEqual({ status: 200, type, body: "ok\n" });
  });

  test("/readyz says whether the server takes work, and if not, why", async () => {
    expect(await call("GET", "/readyz")).toEqual({ status: 200, type, body: "ready\n" });
    readiness.observe({ kind: "store_failed", error: new Error("disk is full"), reopening: false });
    expect(await call("GET", "/readyz")).toEqual({
      status: 503,
      type,
      body: "the store cannot be written\n",
    });
    readiness.shutDown();
    expect(await call("GET", "/readyz")).toEqual({ status: 503, type, body: "shutting down\n" });
    expect(await call("HEAD", "/readyz")).toEqual({ status: 503, type, body: "" });
  });

  test("/ says what this is and how to join", async () => {
    const { status, body } = await call("GET", "/");
    expect(status).toBe(200);
    expect(body).toContain("This is Parlance");
    expect(body).toContain("parlance --server ADDRESS\n");
  });

  test.each([
    ["GET", "/nope"],
    ["POST", "/healthz"],
    ["DELETE", "/"],
  ])("%s %s is not found, in words", async (method, path) => {
    const { status, body } = await call(method, path);
    expect([status, JSON.parse(body)]).toEqual([
      404,
      { code: "unimplemented", message: `there is nothing at ${path}; / describes this server` },
    ]);
  });

  test.each(["POST", "GET", "PUT"])("%s of an RPC that is not here names it", async (method) => {
    const { status, body } = await call(method, "/acme.v1.Absent/Call");
    expect([status, JSON.parse(body)]).toMatchObject([
      404,
      { code: "unimplemented", message: expect.stringContaining("no RPC /acme.v1.Absent/Call") },
    ]);
  });
});
