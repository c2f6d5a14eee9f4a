// Two servers that receive the same requests in the same order and must respond alike, to the byte.
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expect } from "vitest";
import type { Ids } from "../../server/room/ports.js";
import { systemIds } from "../../server/system.js";
import { createManualClock } from "./manual-clock.js";
import { login } from "./people.js";
import { openServer, type TestServer } from "./server.js";

export interface Twins {
  readonly servers: readonly TestServer[];
  /** Of a member of both. */
  readonly token: string;
  close(): Promise<void>;
}

/** The same in each server, so that tokens, ids and cursors are the same, too. */
function countingIds(): Ids {
  let count = 0;
  const next = () => systemIds.hash(String(count++));
  return {
    random: (bytes = 12) => next().slice(0, Math.ceil((bytes * 4) / 3)),
    bytes: (length) => Buffer.from(next(), "base64url").subarray(0, length),
    hash: systemIds.hash,
  };
}

/** One with the fast path, one with Connect alone. */
export async function openTwins(...flags: string[]): Promise<Twins> {
  const servers: TestServer[] = [];
  const tokens: string[] = [];
  for (const fastPath of ["on", "off"]) {
    const server = await openServer({
      clock: createManualClock(),
      ids: countingIds(),
      flags: ["--fast-path", fastPath, "--exempt", "127.0.0.0/8", ...flags],
    });
    servers.push(server);
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    tokens.push((await login(transport, "ada")).token);
  }
  expect(new Set(tokens).size).toBe(1);
  return {
    servers,
    token: tokens[0]!,
    close: async () => {
      for (const server of servers) await server.close();
    },
  };
}

export interface TwinRequest {
  readonly method: string;
  readonly path: string;
  /** A line each; without a length and an end. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

const withoutDate = (line: string) => !/^date:/i.test(line);

/** The status line, the headers except `date` in the order of their names, and the body: as they are on the wire. */
export async function askHttp1(url: string, { method, path, headers, body }: TwinRequest) {
  const { hostname } = new URL(url);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${hostname}`,
    ...headers,
    `content-length: ${body.length}`,
    "connection: close",
  ];
  const bytes = await sendHttp1(url, Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), body]));
  const headEnd = bytes.indexOf("\r\n\r\n");
  const [status, ...fields] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  expect(status).toMatch(/^HTTP\/1\.1 \d{3} /);
  return {
    status,
    fields: fields
      .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
      .filter(withoutDate)
      .sort(),
    body: bytes.toString("latin1", headEnd + 4),
  };
}

/** Everything that a connection receives until the server ends it. */
export async function sendHttp1(url: string, bytes: Uint8Array): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(bytes);
  return await buffer(socket);
}

const fieldsOf = (headers: IncomingHttpHeaders) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .filter(withoutDate)
    .sort();

/** The same over HTTP/2, with the trailers, the code that closed the stream, and whether it ended with its headers. */
export async function askHttp2(session: ClientHttp2Session, { method, path, headers, body }: TwinRequest) {
  const fields = Object.fromEntries(headers.map((line) => line.split(/: */, 2)));
  const stream = session.request({ ":method": method, ":path": path, ...fields });
  const seen = { head: [] as string[], endsWithHead: false, trailers: [] as string[] };
  stream.on("response", (received, flags) => {
    seen.head = fieldsOf(received);
    seen.endsWithHead = (flags & 1) !== 0;
  });
  stream.on("trailers", (received) => {
    seen.trailers = fieldsOf(received);
  });
  const closed = once(stream, "close");
  stream.end(body);
  const received = await buffer(stream);
  await closed;
  expect(seen.head[0]).toMatch(/^:status: \d{3}$/);
  return { ...seen, body: received.toString("latin1"), code: stream.rstCode, isOpen: !session.closed };
}

/** Sends each request to both servers, one after the other, and compares. */
export async function expectSame<R>(
  { servers }: Pick<Twins, "servers">,
  requests: readonly R[],
  ask: (server: TestServer, request: R) => Promise<unknown>,
): Promise<void> {
  const different: unknown[] = [];
  for (const request of requests) {
    const [fast, ordinary] = await Promise.all(servers.map((server) => ask(server, request)));
    if (JSON.stringify(fast) !== JSON.stringify(ordinary)) different.push({ request, fast, ordinary });
  }
  expect(different).toEqual([]);
}

/** The same over one HTTP/2 connection to each. */
export async function expectSameOverHttp2(twins: Twins, requests: readonly TwinRequest[]): Promise<void> {
  const sessions = new Map(twins.servers.map((server) => [server, connectHttp2(server.url)]));
  try {
    await expectSame(twins, requests, (server, request) => askHttp2(sessions.get(server)!, request));
  } finally {
    for (const session of sessions.values()) session.destroy();
  }
}

/** Every choice of one from each list. */
export function product<T extends readonly unknown[]>(...lists: { [K in keyof T]: readonly T[K][] }): T[] {
  let choices: unknown[][] = [[]];
  for (const list of lists) choices = choices.flatMap((chosen) => list.map((one) => [...chosen, one]));
  return choices as unknown as T[];
}
