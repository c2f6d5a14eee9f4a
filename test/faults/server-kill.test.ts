import { join as joinPath } from "node:path";
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { type Chatter, createRecords, join, type Records } from "./chatter.js";
import { check } from "./checker.js";
import { restartable, storedHistory } from "./server-support.js";
import { testFolder } from "./store-support.js";

const kills = 22;
/** Every so many kills, the server is killed before it listens. */
const earlyEvery = 5;
const messagesPerLife = 100;
const residents = 5;
/** Private messages that each resident has in flight as well. */
const privateAtOnce = 2;
/** One resident reads for a short time and then pauses for longer, like a laptop that is opened occasionally. */
const awakeMs = 300;
const asleepMs = 1_200;

/** Sends without a pause; every third resident also ignores group messages occasionally. */
async function talk(self: Chatter, n: number, others: readonly string[], signal: AbortSignal): Promise<void> {
  let ignoring = false;
  for (let turn = 1; !signal.aborted; turn++) {
    const other = others[(n + turn) % others.length]!;
    if (n % 3 === 0 && turn % 6 === 0) ignoring = await self.toggle();
    else if (turn % 4 === 0) await self.sendTo(other);
    else expect(await self.say()).toBe(ignoring ? "IGNORING" : undefined);
  }
}

async function readNowAndThen(self: Chatter, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await self.read(AbortSignal.any([signal, AbortSignal.timeout(awakeMs)]));
    await new Promise((resolve) => setTimeout(resolve, asleepMs));
  }
}

async function sendTo(self: Chatter, others: readonly string[], signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) await self.sendTo(others[turn % others.length]!);
}

/**
 * Visitors that log in, send, are sent a private message that they never read, and log out; every fourth reads a little
 * and vanishes.
 */
async function visit(
  transport: Transport,
  records: Records,
  door: number,
  resident: Chatter,
  signal: AbortSignal,
): Promise<string[]> {
  const vanished: string[] = [];
  for (let n = 1; !signal.aborted; n++) {
    // Nicknames are reused, except those of vanished visitors, which are not free for a while.
    const vanishes = n % 4 === 0;
    const guest = await join(transport, vanishes ? `vanishing${door}x${n}` : `guest${door}`, records);
    await guest.say();
    if (!vanishes) {
      await resident.sendTo(guest.nickname);
      await guest.logout();
      continue;
    }
    const leaving = new AbortController();
    const reading = guest.read(leaving.signal);
    await expect.poll(() => guest.reached() > 0 || signal.aborted, { timeout: 20_000 }).toBe(true);
    leaving.abort();
    await reading;
    vanished.push(guest.id);
  }
  return vanished;
}

test(`no loss, no duplicates, no wrong content across ${kills} times kill -9 under load`, async () => {
  const path = joinPath(testFolder(), "room.db");
  const server = await restartable(path, "--grace", "5s", "--idle", "5s", "--heartbeat", "500ms");
  const records = createRecords();
  const transports = [
    createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }),
    createGrpcTransport({ baseUrl: server.url }),
    createConnectTransport({ baseUrl: server.url, httpVersion: "2", useBinaryFormat: false }),
  ];
  const transportOf = (n: number) => transports[n % transports.length]!;
  const names = Array.from({ length: residents }, (_, n) => `resident${n}`);
  let running = await server.start();
  const people = await Promise.all(names.map((name, n) => join(transportOf(n), name, records)));
  const [talking, reading] = [new AbortController(), new AbortController()];
  const readers = people.map((person, n) =>
    n === 0 ? readNowAndThen(person, reading.signal) : person.read(reading.signal),
  );
  const talkers = people.map((person, n) => talk(person, n, names, talking.signal));
  const privateSenders = people.flatMap((person) =>
    Array.from({ length: privateAtOnce }, () => sendTo(person, names, talking.signal)),
  );
  const doors = [0, 1].map((door) => visit(transportOf(door), records, door, people[door]!, talking.signal));

  for (let kill = 1; kill <= kills; kill++) {
    const before = records.acknowledged;
    await expect
      .poll(() => records.acknowledged - before, { timeout: 20_000, interval: 5 })
      .toBeGreaterThan(messagesPerLife);
    await running.stop("SIGKILL");
    if (kill % earlyEvery === 0) {
      const early = server.spawn();
      await new Promise((resolve) => setTimeout(resolve, 60 * kill));
      await early.stop("SIGKILL");
    }
    running = await server.start();
  }

  talking.abort();
  await Promise.all([...talkers, ...privateSenders]);
  const vanished = new Set((await Promise.all(doors)).flat());
  await expect
    .poll(async () => (await people[0]!.present()).filter((id) => vanished.has(id)), {
      timeout: 20_000,
      interval: 200,
    })
    .toEqual([]);
  const head = await people[0]!.head();
  await expect
    .poll(() => people.map((person) => person.reached() >= head), { timeout: 20_000 })
    .not.toContain(false);
  reading.abort();
  await Promise.all(readers);
  expect(await running.stop("SIGTERM")).toBe(0);

  const stored = await storedHistory(path);
  expect(check({ ...stored, ...records })).toEqual([]);
  const left = new Set(stored.log.filter(({ kind }) => kind === "left").map(({ ids }) => ids[0]));
  expect([...vanished].filter((id) => !left.has(id))).toEqual([]);
  expect(stored.ends.size).toBeGreaterThanOrEqual(kills);
  expect(vanished.size).toBeGreaterThan(0);
  expect(stored.log.filter(({ kind }) => kind === "undelivered").length).toBeGreaterThan(kills);
}, 180_000);
