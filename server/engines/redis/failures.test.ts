import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { DURABLE, engines, type RedisServer, startRedis } from "../../../test/support/redis-server.js";
import { Fenced, type Store, Unavailable } from "../../room/ports.js";
import { bytes, fill, hold, readAll, texts } from "../contract/events.js";
import type { RedisStoreOptions } from "../redis.js";
import { again, storeOn } from "./test-store.js";

async function open(server: RedisServer, options: Partial<RedisStoreOptions> = {}) {
  const opening = storeOn(server.url, options);
  await opening.store.open();
  return opening;
}

const kinds = (seen: readonly { readonly kind: string }[]) => seen.map(({ kind }) => kind);

for (const { program, isUsable } of engines)
  describe.skipIf(!isUsable)(`a redis: store on ${program}`, () => {
    async function started(): Promise<RedisServer> {
      const server = await startRedis(DURABLE, program);
      onTestFinished(() => server.dispose());
      return server;
    }

    test("is refused work while the engine is away, and goes on with all it acknowledged in a new epoch", async () => {
      const server = await started();
      const { store, seen } = await open(server);
      await fill(store, 20);
      const { epoch } = await store.log.head();
      await server.stop();
      await expect(store.log.append(bytes("lost"))).rejects.toThrow(Unavailable);
      await expect
        .poll(() => store.log.append(bytes("lost")).catch((e: Unavailable) => e.outcome))
        .toBe("not-applied");
      await expect(store.log.head()).rejects.toThrow(Unavailable);
      await server.start();
      const head = await again(() => store.log.head());
      expect(head).toMatchObject({ first: 1, last: 20 });
      expect(head.epoch).not.toBe(epoch);
      expect((await store.log.read({ epoch, seq: 10 }, 100)).entries).toHaveLength(10);
      await expect(store.log.read({ epoch, seq: 21 }, 1)).rejects.toMatchObject({ reason: "future" });
      expect(kinds(seen)).toEqual(["store_failed", "store_recovered"]);
    });

    test("appends once what it tries again after the engine was killed in between", async () => {
      const server = await started();
      const { store } = await open(server);
      const tries = Array.from({ length: 200 }, (_, i) => ({ data: bytes(`${i}`), key: `k${i}` }));
      const first = tries.map(({ data, key }) => store.log.append(data, { key }));
      const outcomes = Promise.allSettled(first);
      await first[20];
      await server.restart();
      const acknowledged = (await outcomes).flatMap(({ status }, i) =>
        status === "fulfilled" ? [`${i}`] : [],
      );
      for (const { data, key } of tries) await again(() => store.log.append(data, { key }));
      const found = texts(await readAll(store));
      expect(found.toSorted()).toEqual(tries.map((_, i) => `${i}`).toSorted());
      expect(acknowledged.length).toBeGreaterThan(20);
    });

    test("gives up a frozen engine after seconds, with an unknown outcome, and appends once in the end", async () => {
      const server = await started();
      const { store } = await open(server);
      server.signal("SIGSTOP");
      const frozen = store.log.append(bytes("x"), { key: "k" });
      await expect(frozen).rejects.toMatchObject({ outcome: "unknown" });
      server.signal("SIGCONT");
      expect(await again(() => store.log.append(bytes("x"), { key: "k" }))).toMatchObject({ seq: 1 });
      expect(texts(await readAll(store))).toEqual(["x"]);
    }, 20_000);

    test("gives up a frozen engine that more and more is sent to", async () => {
      const server = await started();
      const { store, seen } = await open(server);
      server.signal("SIGSTOP");
      let isOver = false;
      const reading = store.log.head().finally(() => {
        isOver = true;
      });
      const refused = expect(reading).rejects.toMatchObject({ outcome: "unknown" });
      const outcomes: Promise<unknown>[] = [];
      while (!isOver) {
        outcomes.push(store.log.append(bytes("x")).catch((error: Unavailable) => error.outcome));
        await delay(100);
      }
      await refused;
      expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["unknown"]));
      server.signal("SIGCONT");
      await again(() => store.log.head());
      expect(kinds(seen)).toEqual(["store_failed", "store_recovered"]);
    }, 20_000);

    test("begins anew when the engine was emptied under it, and no old token passes", async () => {
      const server = await started();
      const { store } = await open(server);
      const { name, token } = await hold(store);
      await fill(store, 5);
      const old = await store.log.head();
      await server.command("FLUSHALL");
      await expect(store.log.append(bytes("x"), { fence: { name, token } })).rejects.toThrow(Fenced);
      const head = await store.log.head();
      expect(head).toMatchObject({ first: 1, last: 0 });
      await expect(store.log.read({ epoch: old.epoch, seq: 5 }, 1)).rejects.toMatchObject({
        reason: "epoch",
      });
      expect((await hold(store)).token).toBeGreaterThan(token);
    });

    test("appends nothing to a replica, and begins another epoch after a failover and back", async () => {
      const [primary, other] = [await started(), await started()];
      const { store } = await open(primary);
      await fill(store, 5);
      const { epoch } = await store.log.head();
      const replication = (server: RedisServer) => server.command("INFO", "replication");
      await other.command("REPLICAOF", "127.0.0.1", `${primary.port}`);
      const copied = () => other.command("HGET", "{parlance:main}:g", "seq");
      await expect.poll(copied, { timeout: 10_000 }).toBe("$1\r\n5\r\n");
      await other.command("REPLICAOF", "NO", "ONE");
      await primary.command("REPLICAOF", "127.0.0.1", `${other.port}`);
      await expect(store.log.append(bytes("x"))).rejects.toMatchObject({ outcome: "not-applied" });
      await expect.poll(() => replication(primary), { timeout: 10_000 }).toMatch(/master_link_status:up/);
      await primary.command("REPLICAOF", "NO", "ONE");
      expect(await again(() => store.log.append(bytes("y")))).toMatchObject({ seq: 6 });
      expect((await store.log.head()).epoch).not.toBe(epoch);
      expect((await store.log.read({ epoch, seq: 4 }, 9)).entries).toHaveLength(2);
    }, 30_000);

    test("runs its scripts again when the engine has forgotten them", async () => {
      const server = await started();
      const { store } = await open(server);
      await server.command("SCRIPT", "FLUSH");
      expect(await store.log.append(bytes("x"))).toMatchObject({ seq: 1 });
    });

    test("resumes its hints with an empty one after the channel's connection was cut", async () => {
      const server = await started();
      const { store } = await open(server);
      const hints: (number | undefined)[] = [];
      await store.log.watch((entry) => void hints.push(entry?.seq));
      await server.command("CLIENT", "KILL", "TYPE", "pubsub");
      await expect.poll(() => hints).toContain(undefined);
      await store.log.append(bytes("x"));
      await expect.poll(() => hints.at(-1)).toBe(1);
    });

    test("takes what others publish on its channel for a hint without an entry", async () => {
      const server = await started();
      const { store } = await open(server);
      const hints: unknown[] = [];
      await store.log.watch((entry) => void hints.push(entry));
      await server.command("PUBLISH", "{parlance:main}:live", "not an entry");
      await expect.poll(() => hints).toEqual([undefined]);
    });

    test("of one process is seen by another at once: hints, claims, and their end", async () => {
      const server = await started();
      const [{ store: one }, { store: two }] = [await open(server), await open(server)];
      const hints: (number | undefined)[] = [];
      await two.log.watch((entry) => void hints.push(entry?.seq));
      const { name, token } = await hold(one);
      await one.log.append(bytes("x"), { fence: { name, token } });
      await expect.poll(() => hints).toEqual([1]);
      expect(await two.names.find(name)).toMatchObject({ token, live: true });
      await one.close();
      expect(await two.names.find(name)).toMatchObject({ token, live: false });
      const lease = await two.names.lease(10_000);
      expect((await two.names.inspect(lease, 10_000)).dead).toMatchObject([{ name }]);
    });

    test("of one room does not touch that of another", async () => {
      const server = await started();
      const stores: Store[] = [];
      for (const room of ["one", "two"]) stores.push((await open(server, { room })).store);
      for (const store of stores) await hold(store);
      await stores[0]!.log.append(bytes("x"));
      expect(await readAll(stores[1]!)).toEqual([]);
    });
  });
