import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, test } from "vitest";
import { envelope } from "../support/raw-call.js";
import {
  askHttp1,
  askHttp2,
  expectSame,
  expectSameOverHttp2,
  openTwins,
  product,
  sendHttp1,
  type TwinRequest,
  type Twins,
} from "../support/twins.js";

let twins: Twins;
beforeAll(async () => {
  // A Login is long enough to be compressed.
  twins = await openTwins("--max-feeds", "200", "--motd", "welcome ".repeat(200));
});
afterAll(() => twins.close());

const expectSameOverHttp1 = (requests: readonly TwinRequest[]) =>
  expectSame(twins, requests, ({ url }, request) => askHttp1(url, request));

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
        const token = `authorization: Bearer ${twins.token}`;
        const choices = product<[string, Uint8Array, string[], string[]]>(
          ["Broadcast", "SendTo"],
          messages[formatOf(type)]!,
          [[token], [], [token, "accept-language: zh", "origin: https://a.example"]],
          [[], ["connect-timeout-ms: 5000"], ["connect-timeout-ms: soon"]],
        );
        const requests = choices.map(([rpc, message, more, deadline]) => ({
          method: "POST",
          path: `/parlance.v1.ChatService/${rpc}`,
          headers: [
            `content-type: ${type}`,
            ...more,
            ...(encoding === "" ? [] : [`content-encoding: ${encoding}`]),
            ...deadline,
          ],
          body: encoding === "gzip" ? gzipSync(message) : message,
        }));
        await expectSameOverHttp1(requests);
        // A part of them, for what differs is the version of HTTP alone.
        await expectSameOverHttp2(
          twins,
          requests.filter((_, at) => at % 5 === 0),
        );
      });
    },
  );

  test("to what is no plain call", async () => {
    const token = `authorization: Bearer ${twins.token}`;
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
    await expectSameOverHttp1(
      [...others, ...almostPlain].map(([method, path, type, more, body]) => ({
        method,
        path: `/parlance.v1.ChatService/${path}`,
        headers: [type, ...more],
        body: utf8(body),
      })),
    );
  });
});

const chatPath = (rpc: string) => `/parlance.v1.ChatService/${rpc}`;
const post = (rpc: string, headers: readonly string[], body: Uint8Array): TwinRequest => ({
  method: "POST",
  path: chatPath(rpc),
  headers,
  body,
});

const logins: Record<string, readonly Uint8Array[]> = {
  json: [utf8('{"nickname":"ada"}'), utf8('{"nickname":""}'), utf8('{"nickname":"b ob"}'), utf8("[]")],
  proto: [Uint8Array.of(10, 3, 97, 100, 97), new Uint8Array(), Uint8Array.of(10, 9, 97)],
};
/** A new member of this name, in either codec; an admitted one only once. */
const newcomer = (nickname: string, codec: string): Uint8Array =>
  codec === "json"
    ? utf8(JSON.stringify({ nickname }))
    : Buffer.concat([Uint8Array.of(10, nickname.length), utf8(nickname)]);

/** A message that is long in the error which quotes it. */
const LONG_WRONG = utf8(`{"text":${JSON.stringify(["x".repeat(2_000)])}}`);

describe("the fast path compresses as Connect does", () => {
  test.each(["json", "proto"])("a Login in %s", async (codec) => {
    const encodings = ["", "identity", "gzip", "br", "snappy, br , gzip", "gzip;q=1"];
    const requests = encodings.flatMap((encoding, at) =>
      [newcomer(`zip${at}${codec}`, codec), ...logins[codec]!, new Uint8Array(17_000)].map((message) =>
        post(
          "Login",
          [
            `content-type: application/${codec}`,
            ...(encoding === "" ? [] : [`accept-encoding: ${encoding}`]),
          ],
          message,
        ),
      ),
    );
    await expectSameOverHttp1(requests);
    await expectSameOverHttp2(
      twins,
      requests.map((request, at) => ({
        ...request,
        body: at % 5 === 0 ? newcomer(`http2${at}${codec}`, codec) : request.body,
      })),
    );
  });

  test("an error", async () => {
    const token = `authorization: Bearer ${twins.token}`;
    const type = "content-type: application/json";
    await expectSameOverHttp1([
      post("Broadcast", [type, token, "accept-encoding: gzip"], LONG_WRONG),
      post("Broadcast", [type, token], LONG_WRONG),
    ]);
  });
});

/** Bodies of a call in envelopes: right ones, and what is wrong with others. */
function enveloped(message: Uint8Array): Uint8Array[] {
  const whole = envelope(message);
  return [
    whole,
    Buffer.concat([whole, whole]),
    whole.subarray(0, 3),
    whole.subarray(0, whole.length - 1),
    envelope(message, 1),
    envelope(gzipSync(message), 1),
    envelope(message, 2),
    envelope(message, 4),
    Buffer.concat([envelope(message).subarray(0, 1), Uint8Array.of(0, 1, 0, 1, message.length), message]),
    message,
  ];
}

const GRPC_TYPES = [
  "application/grpc",
  "application/grpc+proto",
  "application/grpc+json",
  "application/grpc-web+proto",
  "application/grpc-web-text",
];

describe("in gRPC, the fast path responds as Connect does, to the frame", () => {
  test.each(GRPC_TYPES)("to unary calls in %s", async (type) => {
    const codec = type.includes("json") ? "json" : "proto";
    const token = `authorization: Bearer ${twins.token}`;
    const heads = product<[string[], string[], string[]]>(
      [[token], [], [token, "accept-language: zh", "origin: https://a.example"]],
      [[], ["grpc-timeout: 5S"], ["grpc-timeout: soon"], ["grpc-timeout: 99999999H"]],
      [
        [],
        ["grpc-accept-encoding: identity,deflate,gzip"],
        ["grpc-encoding: identity"],
        ["grpc-encoding: gzip"],
      ],
    );
    const bodies = product<[string, Uint8Array]>(["Broadcast", "SendTo"], messages[codec]!);
    const requests = [
      // Each head, and each body, with a few of the other.
      ...heads.flatMap((head) =>
        bodies.slice(0, 2).map(([rpc, message]) => post(rpc, head.flat(), envelope(message))),
      ),
      ...bodies.flatMap(([rpc, message]) =>
        enveloped(message).map((body) => post(rpc, [token, "grpc-accept-encoding: gzip"], body)),
      ),
      ...bodies.flatMap(([rpc, message]) => [post(rpc, [token], envelope(message))]),
      post("Broadcast", [token, "grpc-encoding: snappy"], envelope(messages[codec]![0]!)),
      post("Broadcast", [token], envelope(new Uint8Array(65_537))),
      post("Broadcast", [token], envelope(new Uint8Array(70_000))),
      post(
        "Login",
        ["grpc-accept-encoding: gzip"],
        envelope(newcomer(`g${GRPC_TYPES.indexOf(type)}`, codec)),
      ),
      post("Login", [], envelope(newcomer(`h${GRPC_TYPES.indexOf(type)}`, codec))),
      ...logins[codec]!.map((message) => post("Login", ["accept-language: zh"], envelope(message))),
      { ...post("Broadcast", [token], envelope(messages[codec]![0]!)), path: `${chatPath("Broadcast")}?x=1` },
      { ...post("Broadcast", [token], new Uint8Array()), method: "PUT" },
    ];
    const typed = requests.map((request) => ({
      ...request,
      headers: [`content-type: ${type}`, "te: trailers", ...request.headers],
    }));
    await expectSameOverHttp2(twins, typed);
    // Over HTTP/1.1, gRPC-Web is at home, and gRPC is left to Connect.
    await expectSameOverHttp1(typed.filter(({ path }) => !path.endsWith("Login")).slice(-24));
  });
});

/** A message of each size, so that a feed with a backlog has something to compress. */
async function fillRoom(): Promise<void> {
  const headers = [`authorization: Bearer ${twins.token}`, "content-type: application/json"];
  const texts = ["short", "long ".repeat(400)];
  await expectSameOverHttp1(texts.map((text) => post("Broadcast", headers, utf8(JSON.stringify({ text })))));
}

interface FeedForm {
  readonly type: string;
  readonly accept: string;
  readonly timeout: string;
}
const CONNECT = { accept: "connect-accept-encoding", timeout: "connect-timeout-ms: 400" };
const GRPC = { accept: "grpc-accept-encoding", timeout: "grpc-timeout: 400m" };
const feedForms: readonly FeedForm[] = [
  { type: "application/connect+proto", ...CONNECT },
  { type: "application/connect+json", ...CONNECT },
  { type: "application/grpc+proto", ...GRPC },
  { type: "application/grpc+json", ...GRPC },
  { type: "application/grpc-web+proto", ...GRPC },
];
const feedBodies: Record<string, readonly Uint8Array[]> = {
  // A backlog of 20, and cursors that are none.
  json: [utf8('{"backlog":20}'), utf8('{"after":"?"}'), utf8('{"after":1}'), utf8("{}")],
  proto: [Uint8Array.of(16, 20), Uint8Array.of(10, 1, 63), Uint8Array.of(10, 9), new Uint8Array()],
};

/** What leaves the room as it is needs no order. */
async function expectSameTogether(requests: readonly TwinRequest[]): Promise<void> {
  await Promise.all(
    requests.flatMap((request) => [expectSameOverHttp1([request]), expectSameOverHttp2(twins, [request])]),
  );
}

describe.each(feedForms)("a feed in $type", ({ type, accept, timeout }) => {
  const codec = type.includes("json") ? "json" : "proto";
  const head = (...more: string[]) => [
    `content-type: ${type}`,
    `authorization: Bearer ${twins.token}`,
    ...more,
  ];

  test("that is refused", async () => {
    const [plain, ...wrong] = feedBodies[codec]!;
    const requests = [
      ...enveloped(plain!)
        .slice(1)
        .filter((body) => body[0] !== 4)
        .map((body) => post("Subscribe", head(`${accept}: gzip`), body)),
      ...wrong.slice(0, 2).map((message) => post("Subscribe", head(), envelope(message))),
      ...wrong
        .slice(0, 2)
        .map((message) => post("Subscribe", head("accept-language: zh"), envelope(message))),
      post("Subscribe", [`content-type: ${type}`], envelope(plain!)),
      post("Subscribe", [`content-type: ${type}`, "authorization: Bearer wrong"], envelope(plain!)),
      post("Subscribe", head(timeout.replace("400", "soon")), envelope(plain!)),
      post("Subscribe", head(timeout.replace("400", "0")), envelope(plain!)),
      post("Subscribe", head(timeout.replace("400", "00")), envelope(plain!)),
      post("Subscribe", head(), envelope(new Uint8Array(65_537))),
    ].map((request) => {
      // gRPC lets some of them pass.
      const hasTimeout = request.headers.some((line) => line.includes("timeout"));
      return hasTimeout ? request : { ...request, headers: [...request.headers, timeout] };
    });
    await expectSameTogether(requests);
  });

  test.each(["", "gzip", "br,gzip"])("that ends at its deadline, accepting %j", async (compression) => {
    await fillRoom();
    const offered = compression === "" ? [] : [`${accept}: ${compression}`];
    const requests = [feedBodies[codec]![0]!, feedBodies[codec]![3]!].map((message) =>
      post("Subscribe", head(timeout, ...offered), envelope(message)),
    );
    await expectSameTogether(requests);
  });

  test("that the server ends", async () => {
    const { servers } = twins;
    const ended = async (url: string, ask: (request: TwinRequest) => Promise<unknown>, nickname: string) => {
      const { body } = await askHttp1(
        url,
        post("Login", ["content-type: application/json"], newcomer(nickname, "json")),
      );
      const { token } = JSON.parse(body) as { token: string };
      const authorization = `authorization: Bearer ${token}`;
      const feed = ask(
        post("Subscribe", [`content-type: ${type}`, authorization], envelope(feedBodies[codec]![3]!)),
      );
      const server = servers.find((one) => one.url === url);
      await server?.hasFeeds(1);
      await askHttp1(url, post("Logout", ["content-type: application/json", authorization], utf8("{}")));
      return await feed;
    };
    const at = feedForms.findIndex((form) => form.type === type);
    await expectSame(twins, [`end${at}`], ({ url }, nickname) =>
      ended(url, (request) => askHttp1(url, request), nickname),
    );
    await expectSame(twins, [`fin${at}`], async ({ url }, nickname) => {
      const session = connectHttp2(url);
      try {
        return await ended(url, (request) => askHttp2(session, request), nickname);
      } finally {
        session.destroy();
      }
    });
  });
});

test("a connection goes on after each response as with Connect", async () => {
  const authorization = `authorization: Bearer ${twins.token}`;
  const request = (rpc: string, message: string, ...more: string[]) => {
    const head = [`POST ${chatPath(rpc)} HTTP/1.1`, "host: a", "content-type: application/json", ...more];
    return `${head.join("\r\n")}\r\ncontent-length: ${message.length}\r\n\r\n${message}`;
  };
  const calls = [
    request("Broadcast", '{"text":"one"}', authorization),
    request("Broadcast", '{"text":', authorization),
    request("SendTo", '{"recipient":"nobody","text":"two"}', authorization),
    request("Login", '{"nickname":"ada"}'),
    request("Broadcast", '{"text":"three"}', authorization, "connection: close"),
  ];
  await expectSame(twins, [calls.join(""), calls.toReversed().join("")], async ({ url }, bytes) =>
    (await sendHttp1(url, utf8(bytes)))
      .toString("latin1")
      .replace(/^date: .*\r\n/gim, "")
      .replace(/(?:^[\w-]+: .*\r\n)+/gm, (fields) => fields.split("\r\n").sort().join("\r\n")),
  );
});

test("a request that breaks off is carried out by neither, and a whole one by both", async () => {
  const token = `Bearer ${twins.token}`;
  const body = envelope(Uint8Array.of(10, 2, 104, 105));
  await expectSame(twins, [body.subarray(0, 4), body, new Uint8Array()], async ({ url }, sent) => {
    const session = connectHttp2(url);
    const stream = session.request({
      ":method": "POST",
      ":path": chatPath("Broadcast"),
      "content-type": "application/grpc+proto",
      authorization: token,
    });
    const closed = new Promise<void>((resolve) => stream.on("close", resolve));
    if (sent === body) stream.end(sent);
    else stream.write(sent);
    await new Promise<void>((resolve) => session.ping(() => resolve()));
    stream.close(8);
    await closed;
    session.destroy();
    // The next message's number counts those before it.
    const type = "content-type: application/json";
    return askHttp1(url, post("Broadcast", [type, `authorization: ${token}`], utf8('{"text":"next"}')));
  });
});

test("a post of the owner of a registered nickname is the same", async () => {
  const json = "content-type: application/json";
  const token = `authorization: Bearer ${twins.token}`;
  // In the form of a generated one: the same at both.
  const secret = `prl_${"A".repeat(27)}`;
  const basic = (text: string) => `authorization: Basic ${Buffer.from(text).toString("base64")}`;
  const register = post("RegisterNickname", [json, token], utf8(JSON.stringify({ secret })));
  const right = ["Broadcast", "SendTo"].map((rpc) =>
    post(rpc, [json, basic(`ada:${secret}`)], utf8('{"recipient":"ada","text":"posted"}')),
  );
  const wrong = [basic("ada:nonesuch"), basic("ada"), basic(":"), "authorization: Basic ?"].flatMap(
    (header) => ["Broadcast", "ListUsers"].map((rpc) => post(rpc, [json, header], utf8("{}"))),
  );
  const unregister = post("UnregisterNickname", [json, token], utf8("{}"));
  await expectSameOverHttp1([register, ...right, ...wrong, unregister]);
});
