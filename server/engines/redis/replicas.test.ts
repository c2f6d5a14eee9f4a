import { createClient } from "@redis/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { DURABLE, engines, type RedisServer, startRedis } from "../../../test/support/redis-server.js";
import type { Store } from "../../room/ports.js";
import { systemClock } from "../../system.js";
import { bytes, readAll, texts } from "../contract/events.js";
import { again, storeOn } from "./test-store.js";

/** Replicas are copied to at once, not after 5 s. */
const PROMPT = [...DURABLE, "--repl-diskless-sync-delay", "0"];
const WAIT = { timeout: 10_000 };

const append = (store: Store, key: string) => store.log.append(bytes(key), { key });
const doubts = (why: RegExp) => [{ kind: "store_settings_doubted", warning: expect.stringMatching(why) }];

/** How often a server was asked to wait for writes that replicas have flushed. */
async function waits(server: RedisServer): Promise<number> {
  const stats = await server.command("INFO", "commandstats");
  return Number(/cmdstat_waitaof:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

/** Waits until the replica confirms what is written: after a copy it first rewrites its file. */
async function hasCopied(url: string, flushes: boolean): Promise<void> {
  const client = createClient({ url });
  await client.connect();
  const confirmed = async () => {
    await client.set("written", "yes");
    const received = await client.sendCommand(["WAIT", "1", "100"]);
    return flushes ? client.sendCommand(["WAITAOF", "0", "1", "100"]) : [0, received];
  };
  await expect
    .poll(confirmed, WAIT)
    .toEqual([expect.anything(), 1])
    .finally(() => client.destroy());
}

for (const { program, isUsable, knowsWaitaof } of engines)
  describe.skipIf(!isUsable)(`a store that waits for a replica, on ${program}`, () => {
    async function started(flags: readonly string[]): Promise<RedisServer> {
      const server = await startRedis(flags, program);
      onTestFinished(() => server.dispose());
      return server;
    }

    /** `later` moves the time of the store on. */
    async function open(flagsOfReplica: readonly string[]) {
      const primary = await started(PROMPT);
      const replica = await started([...flagsOfReplica, "--replicaof", "127.0.0.1", `${primary.port}`]);
      await hasCopied(primary.url, flagsOfReplica === DURABLE && knowsWaitaof);
      let laterMs = 0;
      const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + laterMs };
      const later = (ms: number) => {
        laterMs += ms;
      };
      const { store, seen } = storeOn(primary.url, { replicas: 1, clock });
      await store.open();
      return { primary, replica, store, seen, later };
    }

    test("acknowledges only what the replica has", async () => {
      const { store, replica } = await open(DURABLE);
      expect(await append(store, "a")).toMatchObject({ seq: 1 });
      replica.signal("SIGSTOP");
      await expect(append(store, "b")).rejects.toMatchObject({ outcome: "unknown" });
      await expect(append(store, "b")).rejects.toMatchObject({ outcome: "not-applied" });
      await expect(append(store, "c")).rejects.toMatchObject({ outcome: "not-applied" });
      replica.signal("SIGCONT");
      expect(await again(() => append(store, "b"))).toMatchObject({ seq: 2 });
      expect(await append(store, "c")).toMatchObject({ seq: 3 });
      expect(texts(await readAll(store))).toEqual(["a", "b", "c"]);
    });

    test("does not know what became of appends whose connection is cut while they wait", async () => {
      const { store, primary, replica } = await open(DURABLE);
      await append(store, "a");
      replica.signal("SIGSTOP");
      const outcomes = Promise.allSettled(["b", "c"].map((key) => append(store, key)));
      await primary.command("CLIENT", "KILL", "TYPE", "normal");
      const unknown = { status: "rejected", reason: { outcome: "unknown" } };
      expect(await outcomes).toMatchObject([unknown, unknown]);
      replica.signal("SIGCONT");
      for (const key of ["b", "c"]) await again(() => append(store, key));
      expect(texts(await readAll(store)).toSorted()).toEqual(["a", "b", "c"]);
    });

    test("is open without it, with a warning, and refuses messages until it is there", async () => {
      const primary = await started(PROMPT);
      const { store, seen } = storeOn(primary.url, { replicas: 1 });
      await store.open();
      expect(seen).toEqual(doubts(/: 0 of 1 replicas are there; messages are refused until they are$/));
      await expect(append(store, "a")).rejects.toMatchObject({ outcome: "not-applied" });
      expect(await readAll(store)).toEqual([]);
      await started([...DURABLE, "--replicaof", "127.0.0.1", `${primary.port}`]);
      expect(await again(() => append(store, "a"))).toMatchObject({ seq: 1 });
    });

    describe.runIf(knowsWaitaof)("that can be asked whether it has flushed", () => {
      test("acknowledges what it has flushed, as long as it flushes each write", async () => {
        const { store, primary, replica, seen } = await open(DURABLE);
        const before = await waits(primary);
        for (const key of ["a", "b", "c"]) await append(store, key);
        expect(await waits(primary)).toBe(before + 3);
        expect(seen).toEqual([]);
        // The first has a wait of its own, the others share the next.
        await Promise.all(Array.from({ length: 100 }, (_, i) => append(store, `many ${i}`)));
        expect(await waits(primary)).toBe(before + 5);
        await replica.command("CONFIG", "SET", "appendonly", "no");
        await expect(append(store, "d")).rejects.toMatchObject({ outcome: "unknown" });
        expect(await append(store, "d")).toMatchObject({ seq: 104 });
        await append(store, "e");
        expect(seen).toEqual(doubts(/confirm messages before they flush them .they do not flush each/));
      });

      test.each([
        ["flushes every second", ["--appendonly", "yes", "--appendfsync", "everysec"]],
        ["has no append-only file", ["--appendonly", "no"]],
      ])("acknowledges what it has received, with a warning, if it %s", async (_, flags) => {
        const { store, primary, seen } = await open(flags);
        expect(seen).toEqual(doubts(/they do not flush each write/));
        const before = await waits(primary);
        for (const key of ["a", "b", "c"]) await append(store, key);
        expect([await waits(primary), seen.length]).toEqual([before, 1]);
      });

      test("is asked again after a minute", async () => {
        const { store, primary, replica, later, seen } = await open(["--appendonly", "yes"]);
        await replica.command("CONFIG", "SET", "appendfsync", "always");
        const before = await waits(primary);
        await append(store, "a");
        expect(await waits(primary)).toBe(before);
        later(60_000);
        await append(store, "b");
        await append(store, "c");
        // Three to find out, and one for each event.
        expect([await waits(primary), seen.length]).toEqual([before + 5, 1]);
      });
    });

    test.skipIf(knowsWaitaof)("acknowledges what it has received, with a warning", async () => {
      const { store, seen } = await open(DURABLE);
      expect(seen).toEqual(doubts(/it does not know WAITAOF/));
      expect(await append(store, "a")).toMatchObject({ seq: 1 });
    });
  });
