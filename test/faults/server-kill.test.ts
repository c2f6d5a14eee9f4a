import { join as joinPath } from "node:path";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { check } from "./checker.js";
import { startLoad } from "./load.js";
import { restartable, storedHistory } from "./server-support.js";
import { testFolder } from "./store-support.js";

const kills = 22;
/** Every so many kills, the server is killed before it listens. */
const earlyEvery = 5;
const messagesPerLife = 100;

test(`no loss, no duplicates, no wrong content across ${kills} times kill -9 under load`, async () => {
  const path = joinPath(testFolder(), "room.db");
  const server = await restartable(path, "--grace", "5s", "--idle", "5s", "--heartbeat", "500ms");
  let running = await server.start();
  const load = await startLoad([
    createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }),
    createGrpcTransport({ baseUrl: server.url }),
    createConnectTransport({ baseUrl: server.url, httpVersion: "2", useBinaryFormat: false }),
  ]);

  for (let kill = 1; kill <= kills; kill++) {
    await load.more(messagesPerLife);
    await running.stop("SIGKILL");
    if (kill % earlyEvery === 0) {
      const early = server.spawn();
      await new Promise((resolve) => setTimeout(resolve, 60 * kill));
      await early.stop("SIGKILL");
    }
    running = await server.start();
  }

  const vanished = await load.finish();
  expect(await running.stop("SIGTERM")).toBe(0);

  const stored = await storedHistory(path);
  expect(check({ ...stored, ...load.records })).toEqual([]);
  const left = new Set(stored.log.filter(({ kind }) => kind === "left").map(({ ids }) => ids[0]));
  expect([...vanished].filter((id) => !left.has(id))).toEqual([]);
  expect(stored.ends.size).toBeGreaterThanOrEqual(kills);
  expect(vanished.size).toBeGreaterThan(0);
  expect(stored.log.filter(({ kind }) => kind === "undelivered").length).toBeGreaterThan(kills);
}, 180_000);
