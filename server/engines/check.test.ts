import { expect, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { NONCE_BYTES, writeRecord } from "../room/log/record.js";
import { type EventLog, PositionLost } from "../room/ports.js";
import { checkStore } from "./check.js";
import { fill } from "./contract/events.js";
import { createMemoryStore } from "./memory.js";
import { testIds } from "./test-ids.js";

const NOTHING = new Uint8Array();
const nonce = new Uint8Array(NONCE_BYTES);
const record = (kind: "joined" | "left", id: string) =>
  writeRecord({ kind, user: { id, nickname: id, joinTime: 0 } }, () => NOTHING, nonce);

async function openStore(maxEvents = 10_000) {
  const clock = createManualClock();
  const store = createMemoryStore({ clock, ids: testIds, maxEvents });
  await store.open();
  const lease = await store.names.lease(60_000);
  const claim = async (name: string) => {
    const result = await store.names.claim(lease, name, name, "");
    if (!result.ok) throw new Error(`${name} is taken`);
    return { name, token: result.claim.token };
  };
  const join = async (name: string) => {
    const fence = { ...(await claim(name)), then: "announce" as const };
    await store.log.append(record("joined", name), { fence });
    return fence;
  };
  return { clock, store, claim, join, lease };
}

test("a room in use: events, members and names, and nothing wrong", async () => {
  const { clock, store, claim, join, lease } = await openStore();
  const oldestAt = clock.now();
  await join("ada");
  const { name, token } = await join("bob");
  clock.advance(1_000);
  await fill(store, 300);
  await store.log.append(record("left", "bob"), { fence: { name, token, then: "release" } });
  await claim("cy");
  await store.names.endLease(lease);
  expect(await checkStore(store)).toEqual({
    problems: [],
    epoch: (await store.log.head()).epoch,
    events: { first: 1, last: 303, count: 303, oldestAt, newestAt: clock.now() },
    unknown: 300,
    claims: { held: 2, announced: 1, dead: 2 },
  });
});

test("an empty room, and one whose older events were trimmed, are sound", async () => {
  const { store } = await openStore(10);
  expect(await checkStore(store)).toMatchObject({
    problems: [],
    events: { first: 1, last: 0, count: 0, oldestAt: null, newestAt: null },
  });
  await fill(store, 25);
  expect(await checkStore(store)).toMatchObject({ problems: [], events: { first: 16, last: 25, count: 10 } });
});

test("names that do not match the log, and events in the wrong order", async () => {
  const { clock, store, join } = await openStore();
  await store.log.append(record("joined", "eve"));
  await join("ada");
  await store.log.append(record("left", "ada"));
  const { problems } = await checkStore(store);
  expect(problems).toEqual([
    "the member that joined with event 1 has no name",
    "the member that left with event 3 still has its name",
  ]);
  const read: EventLog["read"] = async (after, limit) => {
    const batch = await store.log.read(after, limit);
    return { ...batch, entries: batch.entries.map((entry) => ({ ...entry, at: clock.now() - entry.seq })) };
  };
  const disordered = await checkStore({ names: store.names, log: { ...store.log, read } });
  expect(disordered.problems).toContain("event 2 is older than the one before it");
});

test("events that are missing in the middle", async () => {
  const { store } = await openStore();
  await fill(store, 9);
  const { epoch } = await store.log.head();
  const read: EventLog["read"] = async (after, limit) => {
    const from = after?.seq ?? 0;
    if (from >= 3 && from < 6) throw new PositionLost("trimmed", { epoch, seq: 6 });
    const batch = await store.log.read(after, limit);
    return { ...batch, entries: from < 3 ? batch.entries.filter(({ seq }) => seq <= 3) : batch.entries };
  };
  expect(await checkStore({ names: store.names, log: { ...store.log, read } })).toMatchObject({
    problems: ["events 4 to 6 are missing"],
    events: { first: 1, last: 9, count: 6 },
  });
});
