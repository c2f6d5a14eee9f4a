import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { recordObservations } from "../../../test/support/observations.js";
import { hasRedis, type RedisServer, startRedis } from "../../../test/support/redis-server.js";
import type { Store } from "../../room/ports.js";
import { bytes, fill, readAll, texts } from "../contract/events.js";
import { createMemoryStore } from "../memory.js";
import { createRedisStore } from "../redis.js";
import { testIds } from "../test-ids.js";

// What is compressed cannot be searched.
const SEARCHABLE = ["--appendonly", "yes", "--appendfsync", "always", "--rdbcompression", "no"];

async function started(...flags: string[]): Promise<RedisServer> {
  const server = await startRedis([...SEARCHABLE, ...flags]);
  onTestFinished(() => server.dispose());
  return server;
}

async function open(server: RedisServer, maxEvents = 100_000) {
  const { seen, observe } = recordObservations();
  const clock = createManualClock();
  const common = { url: server.url, room: "main", clock, testClock: clock, ids: testIds, observe };
  const store = createRedisStore({ ...common, maxEvents });
  await store.open();
  onTestFinished(() => store.close());
  return { store, clock, seen };
}

/** Which of the texts are in any file of the engine's. */
async function inFiles(server: RedisServer, wanted: readonly string[]): Promise<string[]> {
  const folder = (await server.command("CONFIG", "GET", "dir")).split("\r\n").at(-2) ?? "";
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
  const contents = files.map((path) => readFileSync(path));
  return wanted.filter((text) => contents.some((content) => content.includes(text)));
}

const field = (server: RedisServer, name: string) => server.command("HGET", "{parlance:main}:g", name);
const secret = (i: number) => `secret-${i}-`;
const secrets = (count: number) => Array.from({ length: count }, (_, i) => secret(i + 1));

async function say(store: Store, count: number): Promise<void> {
  await Promise.all(secrets(count).map((text) => store.log.append(bytes(text.padEnd(40, "x")))));
}

describe.skipIf(!hasRedis())("a redis: store", () => {
  test("has what was erased removed from the append-only file, once, and nothing else", async () => {
    const server = await started();
    const { store, clock, seen } = await open(server);
    await say(store, 700);
    const erased = [1, 2, 99, 100, 101, 350, 420, 421, 422, 650, 699, 700];
    await store.log.append(bytes("erased"), { erase: erased.slice(0, 6) });
    await store.log.append(bytes("erased"), { erase: erased.slice(6) });
    expect(await inFiles(server, secrets(700))).toHaveLength(700);
    clock.advance(10_000);
    const kept = secrets(700).filter((_, i) => !erased.includes(i + 1));
    await expect.poll(() => inFiles(server, secrets(700)), { timeout: 10_000 }).toEqual(kept);
    // The engine replaces the file before it reports that it has: the store asks again.
    const rewritten = () => {
      clock.advance(10_000);
      return field(server, "rewritten");
    };
    await expect.poll(rewritten, { timeout: 10_000 }).toBe("$1\r\n2\r\n");
    expect(await field(server, "rewriting")).toBe("$1\r\n2\r\n");
    const before = await readAll(store);
    expect(before.filter(({ data }) => data.length === 0).map(({ seq }) => seq)).toEqual(erased);
    await server.restart();
    await expect.poll(() => readAll(store).catch(() => [])).toEqual(before);
    expect(seen.map(({ kind }) => kind).filter((kind) => !/failed|recovered/.test(kind))).toEqual([]);
  }, 60_000);

  test("has the file rewritten once for many erasures, and again later for those that follow", async () => {
    const server = await started();
    const { store, clock } = await open(server);
    await say(store, 5);
    for (const seq of [1, 2, 3]) await store.log.append(bytes("erased"), { erase: [seq] });
    clock.advance(10_000);
    await expect.poll(() => field(server, "rewriting")).toBe("$1\r\n3\r\n");
    await expect.poll(() => server.command("INFO", "persistence")).toContain("aof_rewrite_in_progress:0");
    await store.log.append(bytes("erased"), { erase: [4] });
    clock.advance(10_000);
    await expect.poll(() => field(server, "rewritten")).toBe("$1\r\n3\r\n");
    clock.advance(40_000);
    await store.log.head();
    expect(await inFiles(server, secrets(5))).toEqual([secret(4), secret(5)]);
    clock.advance(10_000);
    await expect.poll(() => inFiles(server, secrets(5)), { timeout: 10_000 }).toEqual([secret(5)]);
  });

  test("that another server left in need of a rewrite gets it from the next one", async () => {
    const server = await started();
    const { store } = await open(server);
    await say(store, 3);
    await store.log.append(bytes("erased"), { erase: [2] });
    await store.close();
    await server.restart();
    await open(server);
    await expect.poll(() => inFiles(server, secrets(3)), { timeout: 10_000 }).toEqual([secret(1), secret(3)]);
  });

  test("warns once if the engine does not permit the rewrite, and erases all the same", async () => {
    const server = await started("--user", ..."default on nopass ~* &* +@all -bgrewriteaof".split(" "));
    const { store, clock, seen } = await open(server);
    await say(store, 2);
    const warned = { kind: "store_settings_doubted", warning: /does not permit BGREWRITEAOF/ };
    for (const seq of [1, 2]) {
      await store.log.append(bytes("erased"), { erase: [seq] });
      clock.advance(70_000);
      await expect.poll(() => seen).toMatchObject([warned]);
    }
    expect(texts(await readAll(store))).toEqual(["", "", "erased", "erased"]);
  });

  test("warns if nodes of streams are so large that they may keep what was erased", async () => {
    const server = await started("--stream-node-max-entries", "0");
    const { seen } = await open(server);
    expect(seen).toMatchObject([{ kind: "store_settings_doubted", warning: /set it to 100/ }]);
  });

  test("takes an entry that is missing for damage, and a void one not", async () => {
    const server = await started();
    const { store } = await open(server);
    await fill(store, 300);
    await store.log.append(bytes("erased"), { erase: [150] });
    await server.command("XDEL", "{parlance:main}:log", "280-0");
    await server.command("ZREM", "{parlance:main}:loose", "120 0 0 event 120");
    await server.command("ZREMRANGEBYSCORE", "{parlance:main}:loose", "120", "120");
    const { epoch } = await store.log.head();
    expect((await store.log.read({ epoch, seq: 0 }, 1000)).entries).toHaveLength(119);
    const lost = { reason: "trimmed", resume: { epoch, seq: 120 } };
    await expect(store.log.read({ epoch, seq: 119 }, 1000)).rejects.toMatchObject(lost);
    expect((await store.log.read({ epoch, seq: 120 }, 1000)).entries.at(-1)?.seq).toBe(279);
  });

  test("keeps what a store in memory keeps, whatever is appended, erased and trimmed", async () => {
    const server = await started();
    const step = fc.record({
      count: fc.nat(150),
      notices: fc.nat(3),
      erase: fc.array(fc.nat(500), { maxLength: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 8 }),
        fc.integer({ min: 1, max: 200 }),
        async (steps, maxEvents) => {
          await server.command("FLUSHALL");
          const { store: shared } = await open(server, maxEvents);
          const memory = createMemoryStore({ clock: createManualClock(), ids: testIds, maxEvents });
          await memory.open();
          const stores = [shared, memory];
          for (const { count, notices, erase } of steps) {
            for (const store of stores) {
              const { first } = await store.log.head();
              const notice = (i: number) => ({ notice: i % 4 < notices });
              await Promise.all(
                Array.from({ length: count }, (_, i) => store.log.append(bytes(`${i}`), notice(i))),
              );
              await store.log.append(bytes("erased"), { erase: erase.map((i) => first + i) });
            }
            const [found, expected] = await Promise.all(stores.map(readAll));
            const shown = (entries: typeof found) => entries?.map(({ seq, data }) => `${seq} ${data}`);
            expect(shown(found)).toEqual(shown(expected));
          }
          await Promise.all(stores.map((store) => store.close()));
        },
      ),
      { numRuns: 6 },
    );
  }, 60_000);
});
