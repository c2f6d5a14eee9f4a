import { randomBytes } from "node:crypto";
import { connect as http2Connect } from "node:http2";
import { connect as netConnect, type Socket } from "node:net";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { Listener } from "../support/people.js";
import { startServer, type TestServer, type TestServerOptions } from "./subscribe-server.js";

const PATH = "/parlance.v1.ChatService/Subscribe";
/** An empty SubscribeRequest in its envelope. */
const NOTHING = Buffer.from([0, 0, 0, 0, 0]);

let server: TestServer;
let count = 0;
const start = async (options: TestServerOptions = {}) => {
  server = await startServer(options);
};
afterEach(() => server.close());

async function enter() {
  const { member, token } = await server.login(`reader${++count}`);
  const headers = { authorization: `Bearer ${token}` };
  const say = (text: string) => server.room.say(member, text, "");
  return { member, headers, say };
}

const transports = {
  "HTTP/1.1": () => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }),
  "HTTP/2": () => createGrpcTransport({ baseUrl: server.url }),
};

/** A socket on which a Subscribe was sent; reads only when asked to. */
async function subscribeBySocket(
  headers: Record<string, string>,
  more: readonly string[] = [],
): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = netConnect(Number(port), hostname);
  await new Promise((resolve) => socket.once("connect", resolve));
  const lines = [
    `POST ${PATH} HTTP/1.1`,
    `host: ${hostname}`,
    "content-type: application/connect+proto",
    `content-length: ${NOTHING.length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...more,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  socket.write(NOTHING);
  return socket;
}

describe("a reader that vanishes", () => {
  beforeEach(() => start());

  it.each(["RST", "FIN", "RST_STREAM", "a dead session"])(
    "by %s is noticed, and nobody else is",
    async (way) => {
      const gone = await enter();
      const stays = await enter();
      const witness = new Listener(
        createClient(ChatService, transports["HTTP/1.1"]()),
        { headers: stays.headers },
        {},
      );
      await witness.next("caughtUp");
      const leave = await (way === "RST" || way === "FIN" ? bySocket : byStream)(gone.headers, way);
      await vi.waitFor(() => expect(gone.member.feeds.size).toBe(1));
      // Some of these are written while the connection breaks.
      const said = Array.from({ length: 200 }, (_, i) => `message ${i}`);
      for (const [i, text] of said.entries()) {
        if (i === 100) leave();
        await stays.say(text);
        if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await vi.waitFor(() => expect(gone.member.feeds.size).toBe(0));
      for (const text of said) expect((await witness.next("message")).kind.value.text).toBe(text);
      expect(server.faults).toEqual([]);
      await witness.close();
    },
  );

  async function bySocket(headers: Record<string, string>, way: string) {
    const socket = await subscribeBySocket(headers);
    socket.on("error", () => {});
    socket.resume();
    return () => (way === "RST" ? socket.resetAndDestroy() : socket.end());
  }

  async function byStream(headers: Record<string, string>, way: string) {
    const session = http2Connect(server.url);
    session.on("error", () => {});
    const stream = session.request({
      ":method": "POST",
      ":path": PATH,
      "content-type": "application/grpc+proto",
      te: "trailers",
      ...headers,
    });
    stream.on("error", () => {});
    stream.resume();
    stream.end(NOTHING);
    return () => {
      if (way === "RST_STREAM") stream.close(8);
      else session.destroy();
      setImmediate(() => session.destroy());
    };
  }

  it("before it has read a word leaves nothing behind", async () => {
    const { headers, member } = await enter();
    for (let i = 0; i < 20; i++) {
      const socket = await subscribeBySocket(headers);
      socket.on("error", () => {});
      socket.resetAndDestroy();
    }
    await vi.waitFor(() => {
      expect(member.feeds.size).toBe(0);
      expect(server.feed.size()).toBe(0);
      expect(server.port.connections()).toBe(0);
    });
  });
});

describe("a deadline", () => {
  it("is kept by the server, for a client that does not keep it itself", async () => {
    await start();
    const { headers } = await enter();
    const socket = await subscribeBySocket(headers, ["connect-timeout-ms: 60"]);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    await vi.waitFor(() => expect(text).toContain('"code":"deadline_exceeded"'));
    socket.destroy();
  });
});

describe("one connection", () => {
  it("serves feed after feed and gathers nothing", async () => {
    await start();
    const warned = vi.fn();
    process.on("warning", warned);
    const { headers } = await enter();
    const socket = await subscribeBySocket(headers, ["connect-timeout-ms: 20"]);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    const ends = () => text.split("deadline_exceeded").length - 1;
    for (let i = 1; i <= 15; i++) {
      await vi.waitFor(() => expect(ends()).toBe(i), { interval: 5 });
      socket.write(
        [
          `POST ${PATH} HTTP/1.1`,
          "host: localhost",
          "content-type: application/connect+proto",
          "content-length: 5",
          "connect-timeout-ms: 20",
          `authorization: ${headers.authorization}`,
          "",
          "",
        ].join("\r\n"),
      );
      socket.write(NOTHING);
    }
    await vi.waitFor(() => expect(ends()).toBe(16), { interval: 5 });
    socket.destroy();
    process.off("warning", warned);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe("a reader that stops reading", () => {
  it.each(["HTTP/1.1", "HTTP/2"] as const)(
    "over %s is ended, disturbs nobody, and comes back without loss",
    async (version) => {
      await start({
        feed: { ringEvents: 128, stall: { overtakenMs: 150, sweepMs: 25, cutMs: 200 } },
        settings: { maxTextBytes: 4_096 },
      });
      const slow = await enter();
      const talker = await enter();
      const client = createClient(ChatService, transports[version]());
      const witness = new Listener(client, { headers: talker.headers }, {});
      await witness.next("caughtUp");

      const heard: string[] = [];
      let cursor = "";
      let resume = () => {};
      const stalled = new Promise<void>((resolve) => {
        resume = resolve;
      });
      const stream = client.subscribe({}, { headers: slow.headers });
      const ended = (async () => {
        for await (const { event } of stream) {
          if (event!.cursor !== "") cursor = event!.cursor;
          if (event!.kind.case === "message") heard.push(event!.kind.value.text);
          if (heard.length === 1) await stalled;
        }
      })().catch((reason: unknown) => reason);

      await vi.waitFor(() => expect(slow.member.feeds.size).toBe(1));
      const said: string[] = [];
      // The kernel takes megabytes before anyone notices; so much has to be said that it is full.
      for (let i = 0; slow.member.feeds.size > 0 || i < 10; i++) {
        expect(i, "the reader was not ended").toBeLessThan(8_000);
        // Nothing that compresses well would ever fill a buffer.
        const text = `${i} ${randomBytes(3_000).toString("base64")}`;
        said.push(text);
        await talker.say(text);
        expect((await witness.next("message")).kind.value.text).toBe(text);
      }
      // The stream is cut off in the end: its last bytes queue behind those that nobody takes.
      await new Promise((resolve) => setTimeout(resolve, 300));
      resume();
      expect(await ended).toBeDefined();

      const back = new Listener(client, { headers: slow.headers }, { after: cursor });
      const { replayed } = (await back.next("caughtUp")).kind.value;
      expect(replayed).toBe(said.length - heard.length);
      const rest = back.heard.flatMap(({ kind }) => (kind.case === "message" ? [kind.value.text] : []));
      expect([...heard, ...rest]).toEqual(said);
      await back.close();
      await witness.close();
    },
    60_000,
  );
});

describe("a server that goes down", () => {
  it("says goodbye on every protocol and is closed at once", async () => {
    await start();
    const listeners = await Promise.all(
      Object.values(transports).map(async (transport) => {
        const { headers } = await enter();
        const listener = new Listener(createClient(ChatService, transport()), { headers }, {});
        await listener.next("caughtUp");
        return listener;
      }),
    );
    await server.close();
    for (const listener of listeners) {
      expect(listener.story()).toEqual(expect.arrayContaining(["caughtUp", "goodbye"]));
      expect((await listener.ended)?.code).toBe(Code.Unavailable);
    }
    expect(server.port.connections()).toBe(0);
  });
});
