/** The promises of test/faults/checker.ts, kept by three servers together while parts of them fail. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { check } from "../faults/checker.js";
import { type Load, startLoad } from "../faults/load.js";
import { type Cluster, cannotRun, startCluster, titled } from "./three-servers.js";

const someMessages = 100;
const engineKills = 3;
/** Longer than the 3 s after which a server gives up a connection without a reply. */
const engineFrozenMs = 6_000;
/** Longer than the lease of 10 s on which a server has the names of its members. */
const serverFrozenMs = 12_000;

interface Fault {
  readonly title: string;
  /** How many epochs of the log it ends. */
  readonly epochs: number;
  happen(cluster: Cluster, load: Load): Promise<void>;
}

/** Ends and starts one server after the other, the first one twice; the others serve meanwhile. */
async function oneByOne(
  { nodes }: Cluster,
  load: Load,
  signal: "SIGTERM" | "SIGKILL",
  expected: number | NodeJS.Signals,
): Promise<void> {
  for (const node of [...nodes, nodes[0]]) {
    expect(await node.stop(signal)).toBe(expected);
    await load.more(someMessages);
    await node.start();
    await load.more(someMessages);
  }
}

const faults: readonly Fault[] = [
  {
    title: "kill -9 of one server after the other",
    epochs: 0,
    happen: (cluster, load) => oneByOne(cluster, load, "SIGKILL", "SIGKILL"),
  },
  {
    title: "a restart of one server after the other",
    epochs: 0,
    happen: (cluster, load) => oneByOne(cluster, load, "SIGTERM", 0),
  },
  {
    title: `${engineKills} times kill -9 of the engine`,
    epochs: engineKills,
    async happen({ engine }, load) {
      for (let kill = 1; kill <= engineKills; kill++) {
        await engine.restart("SIGKILL");
        await load.more(someMessages);
      }
    },
  },
  {
    title: `an engine that stands still for ${engineFrozenMs / 1_000} s`,
    epochs: 0,
    async happen({ engine }) {
      engine.signal("SIGSTOP");
      await delay(engineFrozenMs);
      engine.signal("SIGCONT");
    },
  },
  {
    title: `a server that stands still for ${serverFrozenMs / 1_000} s, past its lease`,
    epochs: 0,
    async happen({ nodes: [node] }, load) {
      await node.freeze();
      await load.more(someMessages);
      await delay(serverFrozenMs);
      node.thaw();
    },
  },
];

describe.skipIf(cannotRun)(titled("three servers behind HAProxy on one redis-server"), () => {
  test.each(faults)("keep every promise across $title", async ({ epochs, happen }) => {
    const cluster = await startCluster("--grace", "5s", "--idle", "5s");
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
