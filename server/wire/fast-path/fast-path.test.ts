import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server, type Http2Server } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import { envelope } from "../../../test/support/raw-call.js";
import type { PortRequest, PortResponse } from "../../port/port.js";
import { respond } from "../../port/respond.js";
import type { Member } from "../../room/members/member.js";
import { createAdapter } from "../adapter.js";
import { acceptCompression } from "../codec/frames.js";
import { unaryHandler } from "../handlers.js";
import { createFastPath, type FastPathOptions } from "./fast-path.js";

const path = "/parlance.v1.ChatService/Broadcast";
const jsonOptions = { ignoreUnknownFields: true, textDecoder: new TextDecoder("utf-8", { fatal: true }) };

/** Calls that the handler was called for, and those of them that came through Connect. */
let handled: string[];
let byConnect: string[];
let close: () => void;
beforeEach(() => {
  handled = [];
  byConnect = [];
});
afterEach(() => close());

type Handle = (text: string) => Promise<{ cursor: string }>;

function serve(handle: Handle, options: Partial<FastPathOptions> = {}) {
  const { broadcast } = ChatService.method;
  const count = (text: string) => {
    handled.push(text);
    return handle(text);
  };
  const note: Interceptor = (next) => (request) => {
    byConnect.push(request.method.name);
    return next(request);
  };
  return createAdapter({
    routes: ({ rpc }) => rpc(broadcast, ({ text }) => count(text)),
    interceptors: [note],
    acceptCompression,
    fallback: (_, response) => respond(response, 418, {}),
    explain: () => new ConnectError("a mistake", Code.InvalidArgument),
    observe: () => undefined,
    readMaxBytes: 1_000,
    jsonOptions,
    fastPath: createFastPath({
      calls: [unaryHandler(broadcast, ({ text }) => count(text))],
      streams: [],
      enter: async () => ({}) as Member,
      toError: (error) => ConnectError.from(error, Code.Unavailable),
      observe: () => undefined,
      readMaxBytes: 1_000,
      jsonOptions,
      ...options,
    }),
  });
}

async function listen(server: Server | Http2Server): Promise<number> {
  close = () => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const overHttp1 = (handle: Handle, options?: Partial<FastPathOptions>) =>
  listen(createServer(serve(handle, options)));

const ask = (port: number, headers: Record<string, string> = {}, body: string | Uint8Array = "{}") =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(body),
  });

const fine: Handle = async () => ({ cursor: "c" });
const OVERDUE = { code: "deadline_exceeded", message: "the operation timed out" };

describe("the fast path", () => {
  test("refuses a call whose deadline has passed, once", async () => {
    let finish: ((response: { cursor: string }) => void) | undefined;
    const port = await overHttp1(
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    const response = await ask(port, { "connect-timeout-ms": "20" });
    expect([response.status, await response.json()]).toEqual([504, OVERDUE]);
    finish?.({ cursor: "late" });
    expect((await ask(port, { "connect-timeout-ms": "20" })).status).toBe(504);
  });

  test("does not carry out a call whose deadline passed while it was admitted", async () => {
    let admit: ((member: Member) => void) | undefined;
    const admitted = new Promise<Member>((resolve) => {
      admit = resolve;
    });
    const port = await overHttp1(fine, { enter: () => admitted });
    const response = await ask(port, { "connect-timeout-ms": "20" });
    expect([response.status, await response.json()]).toEqual([504, OVERDUE]);
    admit?.({} as Member);
    await admitted;
    expect((await ask(port)).status).toBe(200);
    expect(handled).toHaveLength(1);
  });

  test("does not carry out a call whose caller left while it was admitted", async () => {
    let admit: ((member: Member) => void) | undefined;
    const admitted = new Promise<Member>((resolve) => {
      admit = resolve;
    });
    let entered: (() => void) | undefined;
    const hasEntered = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const left: Promise<unknown>[] = [];
    const handler = serve(fine, {
      enter: () => {
        entered?.();
        return admitted;
      },
    });
    const port = await listen(
      createServer((request, response) => {
        left.push(once(response, "close"));
        handler(request, response);
      }),
    );
    const socket = connect(port, "127.0.0.1");
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    );
    await hasEntered;
    socket.destroy();
    await Promise.all(left);
    admit?.({} as Member);
    expect((await ask(port)).status).toBe(200);
    expect(handled).toHaveLength(1);
  });

  test("a request that breaks off is not acted on", async () => {
    const server = createServer(serve(fine));
    const port = await listen(server);
    const socket = connect(port, "127.0.0.1");
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"te`,
    );
    await once(server, "request");
    socket.destroy();
    await ask(port);
    expect(handled).toHaveLength(1);
  });

  test("responds to a defect without a word of it", async () => {
    const port = await overHttp1(() => Promise.reject(new Error("secret")), {
      toError: () => new ConnectError("internal error", Code.Internal),
    });
    const response = await ask(port);
    expect([response.status, await response.text()]).toEqual([
      500,
      '{"code":"internal","message":"internal error"}',
    ]);
  });
});

const chunked = (body: string) =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from(body));
      controller.close();
    },
  });

test("the fast path leaves to Connect what is not plain, over HTTP/1.1", async () => {
  const port = await overHttp1(fine);
  const plain: [Record<string, string>, (string | Uint8Array)?][] = [
    [{}],
    [{ "content-type": "application/proto" }, ""],
    [{ "content-encoding": "identity", "accept-encoding": "gzip, br", "connect-protocol-version": "1" }],
    [{ "connect-timeout-ms": "9000" }],
  ];
  for (const [headers, body] of plain) expect((await ask(port, headers, body)).status).toBe(200);
  const streamed = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: chunked("{}"),
    duplex: "half",
  } as RequestInit);
  expect(streamed.status).toBe(200);
  expect([handled.length, byConnect.length]).toEqual([5, 0]);

  const served: [Record<string, string>, (string | Uint8Array)?][] = [
    [{ "content-encoding": "gzip" }, gzipSync("{}")],
    [{ "content-type": "application/json; charset=utf-8" }],
    [{ "content-type": "application/grpc-web+proto" }, envelope(Buffer.alloc(0))],
    [{ "content-type": "application/grpc+proto", te: "trailers" }, envelope(Buffer.alloc(0))],
    [{ "connect-timeout-ms": "0" }],
  ];
  for (const [headers, body] of served) expect((await ask(port, headers, body)).status).toBe(200);
  expect(byConnect).toHaveLength(served.length);
  await ask(port, {}, '{"text":');
  await ask(port, {}, JSON.stringify({ text: "x".repeat(1_000) }));
  expect(handled).toHaveLength(10);
});

async function grpc(port: number, headers: Record<string, string>, body: Uint8Array) {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      ...headers,
    });
    const trailers = once(stream, "trailers");
    stream.end(body);
    await buffer(stream);
    return (await trailers)[0]["grpc-status"] as string;
  } finally {
    session.close();
  }
}

test("the fast path leaves to Connect what is not plain, in gRPC", async () => {
  const handler = serve(fine);
  const port = await listen(
    createHttp2Server((request, response) => handler(request as PortRequest, response as PortResponse)),
  );
  const empty = envelope(Buffer.alloc(0));
  expect(await grpc(port, {}, empty)).toBe("0");
  expect(await grpc(port, { "content-type": "application/grpc+json" }, envelope(Buffer.from("{}")))).toBe(
    "0",
  );
  expect(await grpc(port, { "grpc-timeout": "9S", "grpc-accept-encoding": "gzip" }, empty)).toBe("0");
  expect([handled.length, byConnect.length]).toEqual([3, 0]);
  expect(await grpc(port, { "grpc-encoding": "gzip" }, envelope(gzipSync(""), 1))).toBe("0");
  expect([handled.length, byConnect.length]).toEqual([4, 1]);
  expect(await grpc(port, {}, Buffer.concat([empty, empty]))).toBe(String(Code.Unimplemented));
  expect(await grpc(port, {}, Buffer.alloc(0))).toBe(String(Code.Unimplemented));
  expect(handled).toHaveLength(4);
});
