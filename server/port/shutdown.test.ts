import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { HTTP2_EMPTY_SETTINGS, HTTP2_PREFACE } from "../../test/support/raw-http2.js";
import {
  answerHello,
  answer as answerWith,
  begin,
  closeNow,
  eventually,
  openPort,
  openRaw,
  type TestPort,
} from "../../test/support/raw-peer.js";
import { createPort, type PortResponse } from "./port.js";

/** Far above what any test takes: a close that resolves has not waited for it. */
const FAR_MS = 60_000;
/** More than the kernel keeps for a reader that does not read. */
const FLOOD_BYTES = 32 * 1024 * 1024;

let open: TestPort;
let http2: ClientHttp2Session | undefined;

afterEach(async () => {
  http2?.destroy();
  http2 = undefined;
  await open?.port.close(closeNow);
});

/** A port whose responses begin at once and stay open until `endStreams`. */
async function openFeeds(): Promise<{ endStreams: () => void; count: () => number }> {
  const responses: PortResponse[] = [];
  open = await openPort({
    handler: (_request, response) => {
      begin(response, "begin ");
      responses.push(response);
    },
  });
  return {
    endStreams: () => {
      for (const response of responses) response.end("goodbye");
    },
    count: () => responses.length,
  };
}

async function text(stream: AsyncIterable<unknown>): Promise<string> {
  let all = "";
  for await (const chunk of stream) all += String(chunk);
  return all;
}

function getHttp1(agent?: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port: open.number, ...(agent && { agent }) }, resolve).on("error", reject);
  });
}

describe("closing the port", () => {
  test("open feeds of both versions hear the last word, and the port is closed without waiting for the limit", async () => {
    const feeds = await openFeeds();
    const first = await getHttp1();
    http2 = connectHttp2(`http://127.0.0.1:${open.number}`);
    const second = http2.request({ ":path": "/" });
    await once(second, "response");
    const said = Promise.all([text(first), text(second)]);
    await open.port.close({ limitMs: FAR_MS, endStreams: feeds.endStreams });
    expect(await said).toEqual(["begin goodbye", "begin goodbye"]);
    expect(open.port.connections()).toBe(0);
  });

  test("an HTTP/2 client is told to go away before its streams end", async () => {
    const feeds = await openFeeds();
    http2 = connectHttp2(`http://127.0.0.1:${open.number}`);
    const stream = http2.request({ ":path": "/" });
    await once(stream, "response");
    stream.resume();
    const order: string[] = [];
    http2.once("goaway", () => order.push("goaway"));
    stream.once("end", () => order.push("end"));
    await open.port.close({ limitMs: FAR_MS, endStreams: feeds.endStreams });
    await eventually(() => expect(order).toEqual(["goaway", "end"]));
  });

  test("nobody can connect any more when the streams are asked to end", async () => {
    const feeds = await openFeeds();
    const refused = vi.fn();
    const closed = open.port.close({
      limitMs: FAR_MS,
      endStreams: () => {
        feeds.endStreams();
        getHttp1().catch(refused);
      },
    });
    await closed;
    await eventually(() => expect(refused.mock.lastCall).toMatchObject([{ code: "ECONNREFUSED" }]));
  });

  test("a call in flight gets its answer, and its kept-alive connection is closed after it", async () => {
    let answer: (() => void) | undefined;
    open = await openPort({
      handler: (_request, response) => {
        answer = () => answerWith(response, "late, but here");
      },
    });
    const agent = new Agent({ keepAlive: true });
    const response = getHttp1(agent);
    await eventually(() => expect(answer).toBeDefined());
    const closed = open.port.close({ limitMs: FAR_MS, endStreams: () => setImmediate(() => answer?.()) });
    expect(await text(await response)).toBe("late, but here");
    await closed;
    agent.destroy();
  });

  test("idle connections do not hold it", async () => {
    open = await openPort();
    const agent = new Agent({ keepAlive: true });
    await text(await getHttp1(agent));
    http2 = connectHttp2(`http://127.0.0.1:${open.number}`);
    await once(http2, "remoteSettings");
    await open.port.close({ ...closeNow, limitMs: FAR_MS });
    agent.destroy();
  });

  test.each([
    ["silent", ""],
    ["half-understood", "PRI"],
  ])("a %s socket does not hold it", async (_, said) => {
    open = await openPort({ timeouts: { sniffMs: FAR_MS } });
    const raw = await openRaw(open.number);
    await raw.send(said);
    await eventually(() => expect(open.port.connections()).toBe(1));
    await open.port.close({ ...closeNow, limitMs: FAR_MS });
    await raw.ended();
    raw.socket.destroy();
  });
});

describe("what is still open at the limit is cut", () => {
  test("a feed that does not end", async () => {
    await openFeeds();
    const response = await getHttp1();
    http2 = connectHttp2(`http://127.0.0.1:${open.number}`);
    const stream = http2.request({ ":path": "/" });
    stream.on("error", () => undefined);
    await once(stream, "response");
    await open.port.close(closeNow);
    expect(open.port.connections()).toBe(0);
    await expect(text(response)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("readers that stopped reading, of both versions", async () => {
    const ends: (() => void)[] = [];
    open = await openPort({
      handler: (_request, response) => {
        begin(response, Buffer.alloc(FLOOD_BYTES));
        ends.push(() => response.end());
      },
    });
    const response = await getHttp1();
    response.on("error", () => undefined);
    http2 = connectHttp2(`http://127.0.0.1:${open.number}`);
    const stream = http2.request({ ":path": "/" });
    stream.on("error", () => undefined);
    await once(stream, "response");
    let isClosed = false;
    const closed = open.port.close({
      limitMs: 200,
      endStreams: () => {
        for (const end of ends) end();
      },
    });
    closed.then(() => {
      isClosed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    await closed;
    expect(open.port.connections()).toBe(0);
    response.destroy();
  });

  test("an HTTP/2 client that answers neither GOAWAY nor FIN", async () => {
    open = await openPort();
    const raw = await openRaw(open.number);
    await raw.send(Buffer.concat([HTTP2_PREFACE, HTTP2_EMPTY_SETTINGS]));
    await eventually(() => expect(raw.received().length).toBeGreaterThan(0));
    await open.port.close({ ...closeNow, limitMs: 100 });
    expect(open.port.connections()).toBe(0);
    raw.socket.destroy();
  });

  test("half a request", async () => {
    open = await openPort();
    const raw = await openRaw(open.number);
    await raw.send("GET / HT");
    await eventually(() => expect(open.port.connections()).toBe(1));
    await open.port.close({ ...closeNow, limitMs: 100 });
    await raw.ended();
    raw.socket.destroy();
  });
});

describe("closing twice, or what never listened", () => {
  test("a second call waits for the first and asks nothing again", async () => {
    const feeds = await openFeeds();
    await getHttp1();
    const endStreams = vi.fn(feeds.endStreams);
    await Promise.all([
      open.port.close({ limitMs: FAR_MS, endStreams }),
      open.port.close({ limitMs: FAR_MS, endStreams }),
    ]);
    expect(endStreams).toHaveBeenCalledOnce();
  });

  test("a port that is closed while it begins to listen does not listen afterwards", async () => {
    const port = createPort({ host: "localhost", port: 0, handler: answerHello });
    const listening = port.listen();
    await port.close(closeNow);
    const { host, port: number } = await listening;
    const raw = connect({ host, port: number });
    await expect(once(raw, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
