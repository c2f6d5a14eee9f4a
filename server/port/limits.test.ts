import { connect as connectHttp2 } from "node:http2";
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  dataFrame,
  frame,
  headersFrame,
  indexed,
  literal,
  NEWEST,
  post,
  RawHttp2,
  rstFrame,
  windowUpdateFrame,
} from "../../test/support/raw-http2.js";
import {
  answer,
  begin,
  closeNow,
  eventually,
  openPort,
  openRaw,
  type TestPort,
} from "../../test/support/raw-peer.js";
import { peerOf } from "./addresses.js";
import { affordableConnections } from "./limits.js";
import type { PortHandler, PortOptions } from "./port.js";
import { Refusals } from "./refusals.js";

const REFUSED_STREAM = 7;
const ENHANCE_YOUR_CALM = 11;
const POST = post("/");

let open: TestPort;
let peers: RawHttp2[] = [];
const refused = vi.fn();

/** Responds when a request has ended, and not before. */
const patient: PortHandler = (request, response) => {
  request.on("end", () => answer(response, "done"));
  request.resume();
};

async function start(options: Partial<PortOptions>): Promise<void> {
  refused.mockReset();
  open = await openPort({ handler: patient, onRefusal: refused, ...options });
}

async function join(from?: string): Promise<RawHttp2> {
  const peer = await RawHttp2.open(open.number, from);
  peers.push(peer);
  return peer;
}

const kinds = () => [...new Set(refused.mock.calls.map(([kind]) => kind))];
const codes = (peer: RawHttp2) => [...new Set(peer.resets.values())];
/** Stream numbers of a client. */
const streams = (count: number) => Array.from({ length: count }, (_, i) => 1 + 2 * i);

afterEach(async () => {
  for (const peer of peers) peer.close();
  peers = [];
  await open?.port.close(closeNow);
});

describe("HTTP/2 requests without an end", () => {
  test("are reset when their time is up", async () => {
    await start({ timeouts: { headersMs: 100, requestMs: 300 } });
    const peer = await join();
    peer.send(headersFrame(1, POST), dataFrame(1, Buffer.from("x")));
    await eventually(() => expect(codes(peer)).toEqual([ENHANCE_YOUR_CALM]));
    expect(kinds()).toEqual(["overdue_request"]);
    // The session goes on.
    peer.send(headersFrame(3, POST, true));
    await eventually(() => expect(peer.responses).toContain(3));
  });

  test("are at most 16 of a session, after a moment", async () => {
    await start({});
    const peer = await join();
    peer.send(...streams(50).map((stream) => headersFrame(stream, POST)));
    await eventually(() => expect(peer.resets.size).toBe(50 - 16));
    expect(codes(peer)).toEqual([REFUSED_STREAM]);
    expect(kinds()).toEqual(["unfinished_requests"]);
  });

  test("are no excess if they end soon, as those of a busy client do", async () => {
    await start({});
    const session = connectHttp2(`http://127.0.0.1:${open.number}`);
    await new Promise((resolve) => session.once("remoteSettings", resolve));
    const calls = Array.from({ length: 200 }, async () => {
      const stream = session.request({ ":method": "POST" });
      stream.end("body");
      return (await buffer(stream)).toString();
    });
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["done"]));
    expect(refused).not.toHaveBeenCalled();
    session.destroy();
  });

  test("are limited together, and who has most of them pays", async () => {
    await start({ limits: { maxUnfinished: 20 } });
    const modest = await join("127.0.0.2");
    modest.send(...streams(3).map((stream) => headersFrame(stream, POST)));
    const greedy = [await join("127.0.0.3"), await join("127.0.0.3")];
    for (const peer of greedy) peer.send(...streams(15).map((stream) => headersFrame(stream, POST)));
    await eventually(() => expect(greedy.reduce((sum, { resets }) => sum + resets.size, 0)).toBe(13));
    expect(modest.resets.size).toBe(0);
    expect(refused).toHaveBeenCalledWith("unfinished_requests", "127.0.0.3", 1);
  });

  test("last longer once a response has begun", async () => {
    await start({
      timeouts: { headersMs: 100, requestMs: 200 },
      handler: (request, response) => {
        request.resume();
        begin(response, "begun");
      },
    });
    const peer = await join();
    peer.send(headersFrame(1, POST));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(peer.resets.size).toBe(0);
  });
});

describe("HTTP/2 responses that stay unread", () => {
  const NO_WINDOW = frame(4, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));
  /** Stream `from` and later ones, of a peer whose windows are closed. */
  const ask = (peer: RawHttp2, count: number, from = 0) =>
    peer.send(
      ...streams(from + count)
        .slice(from)
        .map((stream) => headersFrame(stream, POST, true)),
    );

  test("are limited together, and who has most of them opens no more", async () => {
    await start({ limits: { maxUnread: 100, maxStreams: 100_000 } });
    const greedy = await join("127.0.0.3");
    greedy.send(NO_WINDOW);
    let asked = 0;
    for (; asked < 100_000 && greedy.resets.size === 0; asked += 20) {
      ask(greedy, 20, asked);
      await eventually(() => expect(greedy.responses.size + greedy.resets.size).toBe(asked + 20));
    }
    expect(greedy.responses.size).toBeGreaterThanOrEqual(100);
    expect(greedy.resets.size).toBeGreaterThan(0);
    expect(codes(greedy)).toEqual([REFUSED_STREAM]);
    expect(kinds()).toEqual(["unread_responses"]);
    const modest = await join("127.0.0.2");
    ask(modest, 1);
    await eventually(() => expect(modest.responses.size).toBe(1));
    expect(modest.resets.size).toBe(0);
  });

  test("are reset when their time is up; those that are read, and those that go on, are not", async () => {
    await start({
      timeouts: { headersMs: 100, requestMs: 300 },
      handler: (request, response) => {
        if (request.url === "/feed") begin(response, "begun");
        else answer(response, "done");
      },
    });
    const peer = await join();
    peer.send(NO_WINDOW, headersFrame(1, POST, true), headersFrame(3, post("/feed"), true));
    await eventually(() => expect(peer.resets.get(1)).toBe(ENHANCE_YOUR_CALM));
    expect([...peer.resets.keys()]).toEqual([1]);
    expect(peer.over).toBe(false);
  });

  test("are no excess if they are read", async () => {
    await start({ limits: { maxUnread: 20 } });
    const peer = await join();
    for (let i = 0; i < 500; i += 10) {
      ask(peer, 10, i);
      await eventually(() => expect(peer.responses.size).toBe(i + 10));
    }
    expect(peer.resets.size).toBe(0);
  });
});

describe("HTTP/2 streams that are reset", () => {
  test.each([8, 0, 11])("cost the connection when they are many: code %i", async (code) => {
    const handler = vi.fn(patient);
    await start({ handler, limits: { resetBurst: 20, resetsPerSecond: 1 } });
    const peer = await join();
    peer.send(...streams(500).flatMap((stream) => [headersFrame(stream, POST), rstFrame(stream, code)]));
    await eventually(() => expect(peer.over).toBe(true));
    await eventually(() => expect(open.port.connections()).toBe(0));
    expect(handler.mock.calls.length).toBeLessThan(100);
  });

  test("one after the other, too, and it is reported", async () => {
    await start({ limits: { resetBurst: 20, resetsPerSecond: 1 } });
    const peer = await join();
    for (const stream of streams(40)) {
      peer.send(headersFrame(stream, POST));
      await new Promise((resolve) => setTimeout(resolve, 5));
      peer.send(rstFrame(stream));
    }
    await eventually(() => expect(open.port.connections()).toBe(0));
    expect(kinds()).toEqual(["resets"]);
  });

  test("count for an address, too, on however many connections", async () => {
    await start({ limits: { peerFaultBurst: 30, peerFaultsPerSecond: 1 } });
    for (let i = 0; i < 5; i++) {
      const peer = await join("127.0.0.4");
      peer.send(...streams(10).map((stream) => headersFrame(stream, POST)));
      await new Promise((resolve) => setTimeout(resolve, 20));
      peer.send(...streams(10).map((stream) => rstFrame(stream)));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await eventually(() => expect(peers.map(({ over }) => over)).toEqual([false, false, false, true, true]));
    expect(kinds()).toEqual(["faults"]);
    // One that serves a request stays; the idle ones go with the next reset.
    peers[0]!.send(headersFrame(101, POST), headersFrame(103, POST, true), rstFrame(101));
    await eventually(() => expect(peers[1]!.over && peers[2]!.over).toBe(true));
    const other = await join("127.0.0.5");
    other.send(headersFrame(1, POST, true));
    await eventually(() => expect(other.responses).toContain(1));
  });
});

describe("HTTP/2 sessions", () => {
  test("without a stream are closed like idle HTTP/1.1 connections, socket and all", async () => {
    await start({ timeouts: { keepAliveMs: 300 } });
    const idle = await join();
    const busy = await join();
    const used = await join();
    busy.send(headersFrame(1, POST));
    used.send(headersFrame(1, POST, true));
    await eventually(() => expect([idle.over, used.over]).toEqual([true, true]));
    expect([idle.wentAway, used.responses.size, busy.over]).toEqual([true, 1, false]);
    await eventually(() => expect(open.port.connections()).toBe(1));
  });

  test("that send control frames and nothing else are ended", async () => {
    await start({});
    const peer = await join();
    const flood = Buffer.concat(Array.from({ length: 40_000 }, () => windowUpdateFrame(0, 1)));
    const flooding = setInterval(() => peer.send(flood), 100);
    await eventually(() => expect(peer.over).toBe(true));
    clearInterval(flooding);
    expect(kinds()).toEqual(["control_frames"]);
  });
});

describe("HTTP/2 sessions of a trusted proxy", () => {
  const PROXY = "127.0.0.9";
  const of = (person: string) => post("/", { "x-forwarded-for": `6.6.6.6, ${person}` });
  const [eve, ada] = [of("192.0.2.1"), of("192.0.2.2")];
  const startBehind = (limits: PortOptions["limits"] = {}) => start({ trustedProxies: [PROXY], limits });

  test("survive one person's resets; then requests of that person are refused, and others served", async () => {
    await startBehind({ resetBurst: 20, resetsPerSecond: 1, peerFaultBurst: 50, peerFaultsPerSecond: 1 });
    const proxy = await join(PROXY);
    proxy.send(...streams(1_000).flatMap((stream) => [headersFrame(stream, eve), rstFrame(stream)]));
    proxy.send(headersFrame(2_001, eve, true), headersFrame(2_003, ada, true));
    await eventually(() => expect(proxy.responses).toContain(2_003));
    expect([proxy.over, proxy.responses.has(2_001)]).toEqual([false, false]);
    expect(proxy.resets.get(2_001)).toBe(ENHANCE_YOUR_CALM);
    expect(refused.mock.calls).toEqual([["faults", "192.0.2.1", 1]]);
    // Nor does the proxy lose other connections.
    const another = await join(PROXY);
    another.send(headersFrame(1, ada, true));
    await eventually(() => expect(another.responses).toContain(1));
  });

  test("survive resets for which the proxy names nobody", async () => {
    await startBehind({ resetBurst: 20, resetsPerSecond: 1, peerFaultBurst: 50, peerFaultsPerSecond: 1 });
    const proxy = await join(PROXY);
    proxy.send(...streams(1_000).flatMap((stream) => [headersFrame(stream, POST), rstFrame(stream)]));
    proxy.send(headersFrame(2_001, POST, true));
    await eventually(() => expect(proxy.responses).toContain(2_001));
    expect(refused).not.toHaveBeenCalled();
  });

  test("have 16 unfinished requests of each person", async () => {
    await startBehind();
    const proxy = await join(PROXY);
    proxy.send(...streams(50).map((stream) => headersFrame(stream, eve)));
    const ofAda = streams(60).slice(50);
    proxy.send(...ofAda.map((stream) => headersFrame(stream, ada)));
    await eventually(() => expect(proxy.resets.size).toBe(50 - 16));
    expect(ofAda.filter((stream) => proxy.resets.has(stream))).toEqual([]);
    expect(refused.mock.calls).toEqual([["unfinished_requests", "192.0.2.1", 1]]);
  });

  test("share the room for unfinished requests, and the person who has most of them pays", async () => {
    await startBehind({ maxUnfinished: 20 });
    const proxy = await join(PROXY);
    proxy.send(...streams(20).map((stream) => headersFrame(stream, eve)));
    proxy.send(headersFrame(41, ada), headersFrame(43, ada), headersFrame(45, ada));
    await eventually(() => expect([...proxy.resets.keys()].slice(0, 3)).toEqual([1, 3, 5]));
    proxy.send(dataFrame(41, Buffer.from("x"), true));
    await eventually(() => expect(proxy.responses).toContain(41));
  });

  test("make room for connections after all others", async () => {
    await startBehind({ maxConnections: 4 });
    const ofProxy = [await join(PROXY), await join(PROXY), await join(PROXY)];
    const stranger = await join("127.0.0.7");
    await eventually(() => expect(open.port.connections()).toBe(4));
    for (const peer of [...ofProxy, stranger]) peer.send(headersFrame(1, POST, true));
    await eventually(() => expect(stranger.responses).toContain(1));
    const next = await join("127.0.0.8");
    next.send(headersFrame(1, POST));
    await eventually(() => expect(stranger.over).toBe(true));
    expect(ofProxy.map(({ over }) => over)).toEqual([false, false, false]);
    const last = await join("127.0.0.8");
    last.send(headersFrame(1, POST, true));
    await eventually(() => expect(last.responses).toContain(1));
    expect(ofProxy.filter(({ over }) => over)).toHaveLength(1);
  });
});

describe("headers", () => {
  test("of more than 16 KB or 100 fields are refused over HTTP/2, also by reference", async () => {
    await start({});
    const peer = await join();
    // SETTINGS that limit a header list hold once they are acknowledged.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const entry = indexed("x-long", "x".repeat(3_900));
    const fields = Array.from({ length: 101 }, (_, i) => literal(`x-${i}`, "1"));
    peer.send(
      headersFrame(1, Buffer.concat([POST, entry, ...Array<Buffer>(14).fill(NEWEST)]), true),
      headersFrame(3, Buffer.concat([POST, ...fields]), true),
      headersFrame(5, Buffer.concat([POST, entry]), true),
    );
    await eventually(() => expect(peer.responses).toContain(5));
    expect([...peer.resets]).toEqual([
      [1, ENHANCE_YOUR_CALM],
      [3, ENHANCE_YOUR_CALM],
    ]);
  });

  test("of more than 16 KB are refused over HTTP/1.1", async () => {
    await start({});
    const peer = await openRaw(open.number);
    await peer.send(`GET / HTTP/1.1\r\nhost: a\r\nx: ${"x".repeat(17_000)}\r\n\r\n`);
    await eventually(() => expect(peer.text()).toMatch(/^HTTP\/1\.1 431 /));
    peer.socket.destroy();
  });
});

describe("connections", () => {
  test("beyond the limit are closed at once, and those that are open stay", async () => {
    await start({ limits: { maxConnections: 3 } });
    const kept = [await join(), await join(), await join()];
    for (const peer of kept) peer.send(headersFrame(1, POST));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const late = [await join("127.0.0.6"), await join("127.0.0.6")];
    await eventually(() => expect(late.map(({ over }) => over)).toEqual([true, true]));
    expect(kept.map(({ over }) => over)).toEqual([false, false, false]);
    expect(refused.mock.calls).toEqual([["connections", "127.0.0.6", 1]]);
    kept[0]!.close();
    await eventually(() => expect(open.port.connections()).toBe(2));
    const next = await join();
    next.send(headersFrame(1, POST, true));
    await eventually(() => expect(next.responses).toContain(1));
  });

  test("that are idle make room, those of the peer that has most of them first", async () => {
    await start({ limits: { maxConnections: 5 } });
    const modest = await join("127.0.0.7");
    const greedy = [await join(), await join(), await join(), await join()];
    await new Promise((resolve) => setTimeout(resolve, 50));
    const next = await join("127.0.0.8");
    next.send(headersFrame(1, POST, true));
    await eventually(() => expect(next.responses).toContain(1));
    expect(greedy.filter(({ over }) => over)).toHaveLength(1);
    expect(modest.over).toBe(false);
  });

  test("of HTTP/1.1 that are idle, or silent, make room, too", async () => {
    await start({ limits: { maxConnections: 2 } });
    const used = await openRaw(open.number);
    await used.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    await eventually(() => expect(used.text()).toContain("done"));
    const silent = await openRaw(open.number);
    await eventually(() => expect(open.port.connections()).toBe(2));
    for (const gone of [silent, used]) {
      const next = await join();
      next.send(headersFrame(1, POST));
      await gone.ended();
    }
    expect(peers.map(({ over }) => over)).toEqual([false, false]);
  });

  test("are as many as there are file descriptors for", () => {
    expect(affordableConnections()).toBeGreaterThan(15);
  });
});

describe("reports", () => {
  test("come at once for the first, and once a minute for the rest", async () => {
    await start({});
    vi.useFakeTimers({ toFake: ["performance"] });
    const report = vi.fn();
    const refusals = new Refusals(report);
    for (let i = 0; i < 5; i++) refusals.add("resets", "a");
    refusals.flush();
    expect(report.mock.calls).toEqual([["resets", "a", 1]]);
    vi.advanceTimersByTime(60_000);
    refusals.flush();
    expect(report.mock.calls).toEqual([
      ["resets", "a", 1],
      ["resets", "a", 4],
    ]);
    vi.useRealTimers();
  });

  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::ffff:10.0.0.7", "10.0.0.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    [undefined, "unknown"],
  ])("%s counts as %s", async (address, peer) => {
    await start({});
    expect(peerOf(address)).toBe(peer);
  });
});
