/** The promises of test/faults/checker.ts, kept by the workers of one server together while they are killed and frozen. */
import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFailed, test } from "vitest";
import { check } from "../faults/checker.js";
import { type Load, startLoad } from "../faults/load.js";
import { restartable, storedHistory } from "../faults/server-support.js";
import { freezeProcess, testFolder } from "../faults/store-support.js";
import { type Starting, workersOf } from "../support/process.js";

const workers = 3;
const someMessages = 100;
const ownerKills = 5;
/** Longer than the lease of 10 s on which a worker has the names of its members. */
const frozenMs = 12_000;

interface Running {
  readonly load: Load;
  /** The first process at this time. */
  owner(): Starting;
  /** Starts the server again. */
  restart(): Promise<void>;
}

interface Fault {
  readonly title: string;
  /** How many times the first process is started again. */
  readonly restarts: number;
  happen(running: Running): Promise<void>;
}

/** Ends each worker in turn, and the first one twice; each is replaced before the next one ends. */
async function oneByOne({ load, owner }: Running, signal: NodeJS.Signals): Promise<void> {
  for (let i = 0; i <= workers; i++) {
    const [oldest] = workersOf(owner());
    process.kill(oldest!, signal);
    await load.more(someMessages);
    await expect.poll(() => workersOf(owner()).filter((pid) => pid !== oldest)).toHaveLength(workers);
    await load.more(someMessages);
  }
}

const faults: readonly Fault[] = [
  {
    title: "kill -9 of one worker after the other",
    restarts: 0,
    happen: (running) => oneByOne(running, "SIGKILL"),
  },
  {
    title: "SIGTERM of one worker after the other",
    restarts: 0,
    happen: (running) => oneByOne(running, "SIGTERM"),
  },
  {
    title: "kill -9 of all workers at once",
    restarts: 0,
    async happen({ load, owner }) {
      for (const pid of workersOf(owner())) process.kill(pid, "SIGKILL");
      await load.more(someMessages);
    },
  },
  {
    title: `${ownerKills} times kill -9 of the first process`,
    restarts: ownerKills,
    async happen({ load, owner, restart }) {
      for (let kill = 1; kill <= ownerKills; kill++) {
        expect(await owner().stop("SIGKILL")).toBe("SIGKILL");
        await restart();
        await load.more(someMessages);
      }
    },
  },
  {
    title: `a worker that is frozen for ${frozenMs / 1_000} s, past its lease`,
    restarts: 0,
    async happen({ load, owner }) {
      const [pid] = workersOf(owner());
      await freezeProcess(pid!);
      // Not for longer on a busy machine: after the grace period, too, the others end the stays that it has.
      const thawed = delay(frozenMs).finally(() => process.kill(pid!, "SIGCONT"));
      await load.more(someMessages).finally(() => thawed);
    },
  },
];

/** HTTP/1.1, whose every call meets the next worker; gRPC and JSON over HTTP/2, whose connections stay with one. */
const transportsTo = (baseUrl: string): readonly Transport[] => [
  createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent: new Agent() } }),
  createGrpcTransport({ baseUrl }),
  createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false }),
];

describe(`${workers} processes on one file`, () => {
  test.each(faults)("keep every promise across $title", async ({ restarts, happen }) => {
    const path = `${testFolder()}/room.db`;
    const settings = ["--processes", `${workers}`, "--grace", "5s", "--idle", "5s", "--heartbeat", "500ms"];
    const server = await restartable(path, ...settings);
    let running = await server.start();
    onTestFailed(() => {
      const { exitCode, signalCode } = running.child;
      console.error(`the first process: ${signalCode ?? exitCode ?? "running"}\n${running.output.stderr}`);
    });
    const load = await startLoad(transportsTo(server.url));
    await load.more(someMessages);
    await happen({
      load,
      owner: () => running,
      async restart() {
        running = await server.start();
      },
    });
    await load.more(someMessages);
    const vanished = await load.finish();
    const last = workersOf(running);
    expect(last).toHaveLength(workers);
    expect(await running.stop("SIGTERM")).toBe(0);
    for (const pid of last) expect(() => process.kill(pid, 0)).toThrow("ESRCH");

    const stored = await storedHistory(path);
    expect(check({ ...stored, ...load.records })).toEqual([]);
    const left = new Set(stored.log.filter(({ kind }) => kind === "left").map(({ ids }) => ids[0]));
    expect([...vanished].filter((id) => !left.has(id))).toEqual([]);
    expect(vanished.size).toBeGreaterThan(0);
    expect(stored.ends.size).toBe(restarts);
  });

  test("are ended by SIGTERM, a frozen worker included", async () => {
    const server = await restartable(`${testFolder()}/room.db`, "--processes", `${workers}`);
    const running = await server.start();
    const all = workersOf(running);
    await freezeProcess(all[0]!);
    expect(await running.stop("SIGTERM")).toBe(0);
    for (const pid of all) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});
