/** Three server processes that share a room on one redis-server, behind HAProxy with the file of deploy/. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { onTestFinished } from "vitest";
import { createRedisStore } from "../../server/engines/redis.js";
import { systemClock, systemIds } from "../../server/system.js";
import { has } from "../deploy/support/files.js";
import { haproxyCluster, startProxy } from "../deploy/support/proxies.js";
import { historyOf, restartableOn, type Stored } from "../faults/server-support.js";
import { freeze } from "../faults/store-support.js";
import { hasOpenssl, makeCertificate } from "../support/certificates.js";
import type { Starting } from "../support/process.js";
import { hasRedis, type RedisServer, startRedis } from "../support/redis-server.js";
import { type Link, startLink } from "./link.js";

export const room = "main";

const needed = { haproxy: has("haproxy"), openssl: hasOpenssl, "redis-server 7": hasRedis() };
const lacking = Object.entries(needed).flatMap(([name, isThere]) => (isThere ? [] : [name]));
/** Whether this machine cannot run them. */
export const cannotRun = lacking.length > 0;
/** A title that names what is not installed. */
export const titled = (title: string) => (cannotRun ? `${title} (needs ${lacking.join(", ")})` : title);

/** One server process after the other, on one port. */
export interface ServerNode {
  readonly url: string;
  /** Returns the exit code, or the signal that killed it. */
  stop(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
  start(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): void;
  /** What each of its processes has logged. */
  logged(): string[];
}

export interface Cluster {
  readonly engine: RedisServer;
  readonly nodes: readonly [ServerNode, ServerNode, ServerNode];
  /** Between the last of them and the engine. */
  readonly link: Link;
  /** By the proxy, which sends each call to the next server: HTTP/1.1, gRPC, and JSON over HTTP/2. */
  readonly transports: readonly [Transport, Transport, Transport];
  /** What the room contains. */
  stored(): Promise<Stored>;
}

/** Starts all of it; it ends with the running test. */
export async function startCluster(...settings: string[]): Promise<Cluster> {
  const engine = await startRedis();
  onTestFinished(() => engine.dispose());
  const flags = ["--room", room, "--trusted-proxy", "127.0.0.1", "--heartbeat", "500ms", ...settings];
  const link = await startLink(engine.port);
  onTestFinished(() => link.close());
  const throughLink = `redis://127.0.0.1:${link.port}`;
  const started: ServerNode[] = [];
  // One by one, so that none gets a port that was free for another.
  for (const store of [engine.url, engine.url, throughLink]) started.push(await startNode(store, flags));
  const [one, two, three] = started;
  const folder = mkdtempSync(join(tmpdir(), "parlance-cluster-"));
  const certificate = makeCertificate("localhost", folder);
  const urls = started.map(({ url }) => url);
  const proxy = await startProxy(haproxyCluster, urls, folder, certificate);
  onTestFinished(() => proxy.stop());
  const options = { baseUrl: proxy.url, nodeOptions: { ca: proxy.ca } };
  return {
    engine,
    nodes: [one!, two!, three!],
    link,
    transports: [
      createConnectTransport({ ...options, httpVersion: "1.1" }),
      createGrpcTransport(options),
      createConnectTransport({ ...options, httpVersion: "2", useBinaryFormat: false }),
    ],
    stored: () => storedIn(engine),
  };
}

async function startNode(store: string, flags: readonly string[]): Promise<ServerNode> {
  const server = await restartableOn(store, ...flags);
  const started: Starting[] = [];
  let running: Starting;
  async function start(): Promise<void> {
    running = server.spawn();
    started.push(running);
    await running.listening;
  }
  await start();
  return {
    url: server.url,
    stop: (signal) => running.stop(signal),
    start,
    freeze: () => freeze(running.child),
    thaw: () => void running.child.kill("SIGCONT"),
    logged: () => started.map(({ output }) => output.stderr),
  };
}

async function storedIn(engine: RedisServer): Promise<Stored> {
  const outside = { clock: systemClock, ids: systemIds };
  const store = createRedisStore({ url: engine.url, room, maxEvents: 1_000_000, ...outside });
  await store.open();
  try {
    const { epoch } = await store.log.head();
    return await historyOf(store, epoch, await endsIn(engine));
  } finally {
    await store.close();
  }
}

/** The older epochs of the room and their last numbers: a hash, read as the protocol writes it. */
async function endsIn(engine: RedisServer): Promise<ReadonlyMap<string, number>> {
  const reply = await engine.command("HGETALL", `{parlance:${room}}:epochs`);
  const words = reply.split("\r\n").filter((line) => line !== "" && !/^[*$]/.test(line));
  const epochs = words.filter((_, i) => i % 2 === 0);
  return new Map(epochs.map((epoch, i) => [epoch, Number(words[2 * i + 1])]));
}
