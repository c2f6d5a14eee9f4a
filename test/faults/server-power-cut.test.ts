import { join as joinPath } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { createRecords, join } from "./chatter.js";
import { check } from "./checker.js";
import { cuttableDisk, whyNoCuts } from "./cuttable-disk.js";
import { restartable, storedHistory } from "./server-support.js";
import { freeze } from "./store-support.js";

const messages = 1_000;
const privateAtOnce = 16;
const reason = whyNoCuts();

describe.skipIf(reason)(`power cut under a server${reason ? ` (${reason})` : ""}`, () => {
  test("everything acknowledged or received is kept at its position, and clients resume", async () => {
    const disk = cuttableDisk();
    const server = await restartable(joinPath(disk.folder, "room.db"), "--heartbeat", "200ms");
    const running = await server.start();
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "2" });
    const records = createRecords();
    const [ada, bob] = [await join(transport, "ada", records), await join(transport, "bob", records)];
    const [talking, reading] = [new AbortController(), new AbortController()];
    const readers = [ada, bob].map((person) => person.read(reading.signal));
    const lanes = Array.from({ length: privateAtOnce }, async (_, n) => {
      while (!talking.signal.aborted) await (n % 2 === 0 ? ada.sendTo("bob") : bob.say());
    });
    await expect.poll(() => records.acknowledged, { timeout: 30_000, interval: 5 }).toBeGreaterThan(messages);

    await freeze(running.child);
    const path = joinPath(disk.cut(), "room.db");
    await running.stop("SIGKILL");
    const again = await server.start("--store", `sqlite:${path}`);
    const before = records.acknowledged;
    await expect.poll(() => records.acknowledged, { timeout: 30_000 }).toBeGreaterThan(before);
    talking.abort();
    await Promise.all(lanes);
    const head = await ada.head();
    for (const person of [ada, bob])
      await expect.poll(person.reached, { timeout: 20_000 }).toBeGreaterThanOrEqual(head);
    reading.abort();
    await Promise.all(readers);
    expect(await again.stop()).toBe(0);
    expect(check({ ...(await storedHistory(path)), ...records })).toEqual([]);
  });
});
