import { randomBytes } from "node:crypto";
import { connect as http2Connect } from "node:http2";
import { connect as netConnect, type Socket } from "node:net";
import { Code } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createManualClock, type ManualClock } from "../support/manual-clock.js";
import { itemOf, login } from "../support/people.js";
import { openServer, type TestServer } from "../support/server.js";
import { type ClientConnection, connections } from "../support/transports.js";

const PATH = "/parlance.v1.ChatService/Subscribe";
/** An empty SubscribeRequest in its envelope. */
const NOTHING = Buffer.from([0, 0, 0, 0, 0]);

let server: TestServer;
/** Moves only by `advance`. */
let clock: ManualClock;
let opened: ClientConnection[] = [];
let count = 0;
const start = async (...flags: string[]) => {
  clock = createManualClock();
  server = await openServer({ clock, flags });
};
const cutAll = () => {
  for (const line of opened) line.cut();
  opened = [];
};
afterEach(async () => {
  cutAll();
  await server.close();
});

async function enter(over: keyof typeof connections = "Connect, HTTP/1.1") {
  const line = connections[over](server.url);
  opened.push(line);
  const person = await login(line.transport, `reader${++count}`);
  return { ...person, headers: { authorization: `Bearer ${person.token}` } };
}

/** A socket on which a Subscribe was sent; paused until resumed. */
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
    "by %s is noticed, without effect on others",
    async (way) => {
      const gone = await enter();
      const stays = await enter();
      const witness = stays.listen();
      await witness.next("caughtUp");
      const leave = await (way === "RST" || way === "FIN" ? bySocket : byStream)(gone.headers, way);
      await server.hasFeeds(2);
      // Some of these are written while the connection is being lost.
      const said = Array.from({ length: 200 }, (_, i) => `message ${i}`);
      for (const [i, text] of said.entries()) {
        if (i === 100) leave();
        await stays.say(text);
      }
      await server.hasFeeds(1);
      for (const text of said) expect((await witness.next("groupMessage")).kind.value.text).toBe(text);
      expect(server.logged).toEqual([]);
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

  it("before it has read anything leaks nothing", async () => {
    const { headers } = await enter();
    for (let i = 0; i < 20; i++) {
      const socket = await subscribeBySocket(headers);
      socket.on("error", () => {});
      socket.resetAndDestroy();
    }
    cutAll();
    await vi.waitFor(() => expect(server.app.counts()).toEqual({ connections: 0, feeds: 0 }));
  });
});

describe("a deadline", () => {
  it("is enforced by the server", async () => {
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

describe("HTTP/1.0", () => {
  it("has no chunks: the feed is the body, and ends with the connection", async () => {
    await start();
    const { say, headers, chat, options } = await enter();
    const { hostname, port } = new URL(server.url);
    const socket = netConnect(Number(port), hostname);
    const received: Buffer[] = [];
    socket.on("data", (chunk) => received.push(chunk));
    const ended = new Promise((resolve) => socket.once("end", resolve));
    const lines = [
      `POST ${PATH} HTTP/1.0`,
      "content-type: application/connect+json",
      "content-length: 7",
      `authorization: ${headers.authorization}`,
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n\0\0\0\0\x02{}`);
    await server.hasFeeds(1);
    await say("hello");
    await vi.waitFor(() => expect(Buffer.concat(received).toString()).toContain('"hello"'));
    await chat.logout({}, options);
    await ended;
    const bytes = Buffer.concat(received);
    let rest = bytes.subarray(bytes.indexOf("\r\n\r\n") + 4);
    const bodies: string[] = [];
    while (rest.length > 0) {
      const size = 5 + rest.readUInt32BE(1);
      bodies.push(rest.subarray(5, size).toString());
      rest = rest.subarray(size);
    }
    const kinds = ["hello", "caughtUp", "groupMessage", "goodbye", "unauthenticated"];
    for (const [i, kind] of kinds.entries()) expect(bodies[i]).toContain(`"${kind}"`);
    expect(bodies).toHaveLength(kinds.length);
  });
});

describe("one connection", () => {
  it("serves feed after feed without leaking", async () => {
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
  it.each(Object.keys(connections) as (keyof typeof connections)[])(
    "over %s is ended without delaying others, and resumes without loss",
    async (over) => {
      await start("--ring-events", "128");
      const slow = await enter(over);
      const talker = await enter(over);
      const witness = talker.listen();
      await witness.next("caughtUp");

      const received: string[] = [];
      let cursor = "";
      let resume = () => {};
      const stalled = new Promise<void>((resolve) => {
        resume = resolve;
      });
      const stream = slow.chat.subscribe({}, slow.options);
      const ended = (async () => {
        for await (const response of stream) {
          const { kind, cursor: latest } = itemOf(response);
          cursor = latest;
          if (kind.case === "groupMessage") received.push(kind.value.text);
          if (received.length === 1) await stalled;
        }
      })().catch((reason: unknown) => reason);

      await server.hasFeeds(2);
      const said: string[] = [];
      // The kernel buffers megabytes; enough must be sent to fill them.
      for (let i = 0; server.app.counts().feeds > 1 || i < 10; i++) {
        expect(i, "the reader was not ended").toBeLessThan(8_000);
        // Text that compresses well would never fill a buffer.
        const text = `${i} ${randomBytes(3_000).toString("base64")}`;
        said.push(text);
        await talker.say(text);
        expect((await witness.next("groupMessage")).kind.value.text).toBe(text);
        // Until the ring overtakes it, the feed waits for the reader.
        clock.advance(20);
      }
      // The stream is finally reset: its last bytes are queued behind unread ones.
      clock.advance(2_000);
      resume();
      expect(await ended).toBeDefined();

      const back = slow.listen({ after: cursor });
      const { replayed } = (await back.next("caughtUp")).kind.value;
      expect(replayed).toBe(said.length - received.length);
      const rest = back.items.flatMap(({ kind }) => (kind.case === "groupMessage" ? [kind.value.text] : []));
      expect([...received, ...rest]).toEqual(said);
      await back.close();
      await witness.close();
    },
    60_000,
  );
});

describe("a server that shuts down", () => {
  it("sends a goodbye over every protocol and is closed at once", async () => {
    await start();
    const listeners = await Promise.all(
      (Object.keys(connections) as (keyof typeof connections)[]).map(async (over) => {
        const listener = (await enter(over)).listen();
        await listener.next("caughtUp");
        return listener;
      }),
    );
    await server.close();
    for (const listener of listeners) {
      expect(listener.summary()).toEqual(expect.arrayContaining(["caughtUp", "goodbye"]));
      expect((await listener.ended)?.code).toBe(Code.Unavailable);
    }
    expect(server.app.counts().connections).toBe(0);
  });
});
