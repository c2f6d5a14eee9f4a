import { globSync, readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import * as library from "@connectrpc/connect";
import * as libraryTransport from "@connectrpc/connect-web";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  BroadcastResponseSchema,
  ChatService,
  SubscribeResponseSchema,
} from "../../../gen/parlance/v1/chat_service_pb.js";
import { ErrorDetailSchema, ErrorReason } from "../../../gen/parlance/v1/errors_pb.js";
import { compiledSchema, NEVER_CALLED } from "./compiled-schema.mjs";

type Client = library.Client<typeof ChatService>;

interface Connect {
  readonly ConnectError: typeof library.ConnectError;
  readonly createClient: (service: typeof ChatService, transport: library.Transport) => Client;
  readonly createConnectTransport: typeof libraryTransport.createConnectTransport;
  readonly ChatService: typeof ChatService;
  readonly ErrorDetailSchema: typeof ErrorDetailSchema;
}

let respond: RequestListener = () => {};
const requests: { readonly path: string; readonly headers: unknown; readonly body: string }[] = [];
const server: Server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const {
      "content-type": type,
      "connect-timeout-ms": limit,
      "connect-protocol-version": version,
    } = request.headers;
    const headers = { type, limit, version, note: request.headers["x-note"] };
    requests.push({ path: request.url!, headers, body: Buffer.concat(chunks).toString("hex") });
    // A connection that the server closed must not meet the next call.
    response.setHeader("connection", "close");
    respond(request, response);
  });
});
let ofPage: Connect;
const ofLibrary: Connect = { ...library, ...libraryTransport, ChatService, ErrorDetailSchema };

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const gen = join(import.meta.dirname, "../../../gen/parlance/v1");
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from "@connectrpc/connect"; export { createConnectTransport } from "@connectrpc/connect-web";
        export { ChatService } from ${JSON.stringify(join(gen, "chat_service_pb.ts"))};
        export { ErrorDetailSchema } from ${JSON.stringify(join(gen, "errors_pb.ts"))};`,
      resolveDir: import.meta.dirname,
    },
    plugins: [compiledSchema()],
    bundle: true,
    format: "esm",
    write: false,
  });
  ofPage = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString("base64")}`
  );
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function clientOf(connect: Connect, port = (server.address() as AddressInfo).port): Client {
  const intercept: library.Interceptor = (next) => (request) => {
    request.header.set("x-note", "by an interceptor");
    return next(request);
  };
  const transport = connect.createConnectTransport({
    baseUrl: `http://127.0.0.1:${port}/`,
    useBinaryFormat: true,
    interceptors: [intercept],
  });
  return connect.createClient(connect.ChatService, transport);
}

/** What a caller learns of an error. */
function seen(error: unknown, { ConnectError, ErrorDetailSchema: schema }: Connect) {
  if (!(error instanceof ConnectError)) return { unexpected: String(error) };
  const { name, code, rawMessage, message, metadata, cause } = error;
  const details = error.findDetails(schema).map(({ reason, suggestion }) => ({ reason, suggestion }));
  const hasCause = cause !== undefined;
  return { name, code, rawMessage, message, hasHeaders: metadata.has("x-software"), hasCause, details };
}

/** The outcome of a call by both, which must be the same, as must the requests. */
async function both(call: (client: Client) => Promise<unknown>, port?: number): Promise<unknown> {
  const sent: unknown[] = [];
  const outcome = await outcomeOf(async (client) => {
    requests.length = 0;
    try {
      return await call(client);
    } finally {
      sent.push([...requests]);
    }
  }, port);
  expect(sent[1]).toEqual(sent[0]);
  return outcome;
}

/** The same for calls that may end before the server has their request. */
async function outcomeOf(call: (client: Client) => Promise<unknown>, port?: number): Promise<unknown> {
  const outcomes: unknown[] = [];
  for (const connect of [ofLibrary, ofPage])
    outcomes.push(await call(clientOf(connect, port)).catch((error: unknown) => seen(error, connect)));
  expect(outcomes[1]).toEqual(outcomes[0]);
  return outcomes[0];
}

const broadcast = (client: Client) =>
  client.broadcast({ text: "你好", requestId: "7" }, { timeoutMs: 5_000 });

async function subscribe(client: Client): Promise<unknown> {
  const received: unknown[] = [];
  try {
    for await (const message of client.subscribe({ backlog: 3 })) received.push(message);
  } catch (error) {
    if (received.length === 0) throw error;
    return [received, String(error)];
  }
  return received;
}

const detail = Buffer.from(
  toBinary(
    ErrorDetailSchema,
    create(ErrorDetailSchema, { reason: ErrorReason.NICKNAME_TAKEN, suggestion: "ada2" }),
  ),
).toString("base64");
const refused = {
  code: "already_exists",
  message: "taken",
  details: [
    { type: "parlance.v1.ErrorDetail", value: detail.replaceAll("=", "") },
    { type: "other", value: "" },
  ],
};

test("returns the message of a response", async () => {
  const message = toBinary(BroadcastResponseSchema, create(BroadcastResponseSchema, { id: "9" }));
  respond = (_, response) => response.setHeader("content-type", "application/proto").end(message);
  expect(await both(broadcast)).toMatchObject({ id: "9" });
});

test.each<[string, number, string, string]>([
  ["a refusal with details", 409, "application/json", JSON.stringify(refused)],
  ["an unknown code", 500, "application/json", JSON.stringify({ code: "x", message: "y" })],
  ["details that are none", 500, "application/json", JSON.stringify({ code: "internal", details: [1] })],
  ["JSON that is no error", 503, "application/json", "[]"],
  ["the page of a proxy", 502, "text/html", "<h1>Bad Gateway</h1>"],
  ["a page in place of the response", 200, "text/html", "<h1>Hello</h1>"],
  ["JSON in place of the response", 200, "application/json", "{}"],
  ["too many requests", 429, "text/plain", ""],
  ["not found", 404, "text/plain", ""],
])("throws for %s", async (_, status, type, body) => {
  respond = (_request, response) =>
    response.writeHead(status, { "content-type": type, "x-software": "nginx" }).end(body);
  expect(await both(broadcast)).toHaveProperty("code");
});

test("throws for bytes that are no message", async () => {
  respond = (_, response) =>
    response.setHeader("content-type", "application/proto").end(Buffer.from([255, 255]));
  for (const connect of [ofLibrary, ofPage]) {
    const error = await broadcast(clientOf(connect)).catch((thrown: unknown) => seen(thrown, connect));
    // The codecs word it differently.
    expect(error).toMatchObject({
      code: library.Code.Internal,
      rawMessage: expect.stringMatching(/^parse binary: /),
    });
  }
});

test("throws where nothing listens", async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  expect(await both(broadcast, port)).toMatchObject({ code: library.Code.Unknown, hasCause: true });
});

test("throws after the deadline, and when the caller aborts", async () => {
  respond = () => {};
  expect(await outcomeOf((client) => client.broadcast({}, { timeoutMs: 20 }))).toMatchObject({
    code: library.Code.DeadlineExceeded,
  });
  const reason = new Error("changed my mind");
  const aborted = (client: Client) => client.broadcast({}, { signal: AbortSignal.abort(reason) });
  expect(await outcomeOf(aborted)).toMatchObject({
    code: library.Code.Canceled,
    rawMessage: "changed my mind",
  });
});

function envelope(flags: number, data: Uint8Array | string): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(Buffer.byteLength(data), 1);
  return Buffer.concat([head, Buffer.from(data as string)]);
}

const messages = Array.from({ length: 3 }, () =>
  envelope(
    0,
    toBinary(
      SubscribeResponseSchema,
      create(SubscribeResponseSchema, { item: { case: "caughtUp", value: {} } }),
    ),
  ),
);

test.each<[string, Buffer[]]>([
  ["an end", [envelope(2, "{}")]],
  ["metadata", [envelope(2, '{"metadata":{"a":["b"]}}')]],
  ["an error", [envelope(2, JSON.stringify({ error: refused }))]],
  ["no end", []],
  ["a part of an envelope", [envelope(2, "{}").subarray(0, 4)]],
  ["what is no end", [envelope(2, "[]")]],
  ["a compressed message", [envelope(1, "x")]],
])("reads a stream that ends with %s, however it is cut", async (_, end) => {
  const whole = Buffer.concat([...messages, ...end]);
  for (const size of [1, 7, whole.length]) {
    respond = (_request, response) => {
      response.setHeader("content-type", "application/connect+proto");
      for (let at = 0; at < whole.length; at += size) response.write(whole.subarray(at, at + size));
      response.end();
    };
    await both(subscribe);
  }
});

test("throws for a stream that is refused", async () => {
  respond = (_, response) => response.writeHead(503, { "content-type": "text/plain" }).end();
  expect(await both(subscribe)).toMatchObject({ code: library.Code.Unavailable, rawMessage: "HTTP 503" });
  respond = (_, response) => response.setHeader("content-type", "application/proto").end();
  expect(await both(subscribe)).toMatchObject({ code: library.Code.Internal });
});

test("leaves out no RPC that the client calls", () => {
  const root = join(import.meta.dirname, "../../..");
  const files = globSync("client/{session,chat,web}/**/*.ts", { cwd: root }).filter(
    (file) => !file.endsWith(".test.ts"),
  );
  const source = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
  expect(source).toMatch(/\.createInvite\b/);
  const called = NEVER_CALLED.filter((name) => source.includes(`.${name[0]!.toLowerCase()}${name.slice(1)}`));
  expect(called).toEqual([]);
});
