/** The promises of test/faults/checker.ts, kept by three servers together while parts of them fail. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { check } from "../faults/checker.js";
import { type Load, startLoad } from "../faults/load.js";
import { type Cluster, cannotRun, type ServerNode, startCluster, titled } from "./three-servers.js";

const someMessages = 100;
const engineKills = 3;
/** Longer than the 3 s after which a server gives up a connection without a reply. */
const engineFrozenMs = 6_000;
/** Longer than the lease of 10 s on which a server has the names of its members. */
const serverFrozenMs = 12_000;

/** Longer than the lease, too. */
const blackHoleMs = 12_000;

interface Fault {
  readonly title: string;
  /** How many epochs of the log it ends. */
  readonly epochs: number;
  /**
   * How long a member may be away. A server that is cut off from the engine ends the feeds of its members only when its
   * lease has ended: with a grace period that is shorter than a lease, they have rightly left by then.
   */
  readonly graceSeconds: number;
  happen(cluster: Cluster, load: Load): Promise<void>;
}

/** Ends and starts a server; the others serve meanwhile. */
async function restart(node: ServerNode, load: Load, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  expect(await node.stop(signal)).toBe(signal === "SIGTERM" ? 0 : signal);
  await load.more(someMessages);
  await node.start();
  await load.more(someMessages);
}

/** One server after the other, the first one twice. */
async function oneByOne({ nodes }: Cluster, load: Load, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  for (const node of [...nodes, nodes[0]]) await restart(node, load, signal);
}

async function killEngine({ engine }: Cluster, load: Load): Promise<void> {
  await engine.restart("SIGKILL");
  await load.more(someMessages);
}

const killed: Fault = {
  title: "kill -9 of one server after the other",
  epochs: 0,
  graceSeconds: 5,
  happen: (cluster, load) => oneByOne(cluster, load, "SIGKILL"),
};
const restarted: Fault = {
  title: "a restart of one server after the other",
  epochs: 0,
  graceSeconds: 5,
  happen: (cluster, load) => oneByOne(cluster, load, "SIGTERM"),
};
const engineKilled: Fault = {
  title: `${engineKills} times kill -9 of the engine`,
  epochs: engineKills,
  graceSeconds: 5,
  async happen(cluster, load) {
    for (let kill = 1; kill <= engineKills; kill++) await killEngine(cluster, load);
  },
};
const engineFrozen: Fault = {
  title: `an engine that stands still for ${engineFrozenMs / 1_000} s`,
  epochs: 0,
  graceSeconds: 5,
  async happen({ engine }) {
    engine.signal("SIGSTOP");
    await delay(engineFrozenMs);
    engine.signal("SIGCONT");
  },
};
const serverFrozen: Fault = {
  title: `a server that stands still for ${serverFrozenMs / 1_000} s, past its lease`,
  epochs: 0,
  graceSeconds: 5,
  async happen({ nodes: [node] }, load) {
    await node.freeze();
    await load.more(someMessages);
    await delay(serverFrozenMs);
    node.thaw();
  },
};
const blackHole: Fault = {
  title: `a black hole between one server and the engine for ${blackHoleMs / 1_000} s`,
  epochs: 0,
  graceSeconds: 20,
  async happen({ link }, load) {
    link.hold();
    await load.more(someMessages);
    await delay(blackHoleMs);
    link.release();
  },
};
const mixed: Fault = {
  title: "all of these in turn",
  epochs: 1,
  graceSeconds: 20,
  async happen(cluster, load) {
    await killEngine(cluster, load);
    for (const node of cluster.nodes) await restart(node, load, "SIGTERM");
    await serverFrozen.happen(cluster, load);
    await load.more(someMessages);
    await engineFrozen.happen(cluster, load);
    await load.more(someMessages);
    await restart(cluster.nodes[1], load, "SIGKILL");
    await blackHole.happen(cluster, load);
  },
};
const faults = [killed, restarted, engineKilled, engineFrozen, serverFrozen, blackHole, mixed];

describe.skipIf(cannotRun)(titled("three servers behind HAProxy on one redis-server"), () => {
  test.each(faults)("keep every promise across $title", async ({ epochs, graceSeconds, happen }) => {
    const cluster = await startCluster("--grace", `${graceSeconds}s`, "--idle", `${graceSeconds}s`);
    const load = await startLoad(cluster.transports, { proxied: true });
    await load.more(someMessages);
    await happen(cluster, load);
    await load.more(someMessages);
    const vanished = await load.finish();
    const exits = await Promise.all(cluster.nodes.map((node) => node.stop("SIGTERM")));
    expect(exits).toEqual([0, 0, 0]);

    const stored = await cluster.stored();
    expect(check({ ...stored, ...load.records })).toEqual([]);
    const left = new Set(stored.log.filter(({ kind }) => kind === "left").map(({ ids }) => ids[0]));
    expect([...vanished].filter((id) => !left.has(id))).toEqual([]);
    expect(vanished.size).toBeGreaterThan(0);
    expect(stored.ends.size).toBe(epochs);
  });
});
