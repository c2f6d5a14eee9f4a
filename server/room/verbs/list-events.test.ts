import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { createMemoryStore } from "../../engines/memory.js";
import { testIds } from "../../engines/test-ids.js";
import { CountedGuesses } from "../../secrets/guesses.js";
import { ScryptSecrets } from "../../secrets/scrypt.js";
import { decodeDetails, decodeUser, encodeEvent } from "../../wire/codec/event.js";
import { NONCE_BYTES, type RoomEvent, readRecord, writeRecord } from "../log/record.js";
import type { Entry, EventLog, Store } from "../ports.js";
import { openRoom } from "../room.js";
import { defaultRoomSettings } from "../settings.js";

const mallory = { id: "mallory-id", nickname: "mallory" };
const said = (text: string): RoomEvent => ({ kind: "group_message", sender: mallory, text });

/** A room with a reader, on a store whose reads wait for `gate`. */
async function openGatedRoom() {
  const clock = createManualClock();
  const memory = createMemoryStore({ clock, ids: testIds });
  await memory.open();
  let gate: Promise<void> | undefined;
  let reads = 0;
  const read: EventLog["read"] = async (after, limit) => {
    reads++;
    const batch = await memory.log.read(after, limit);
    await gate;
    return batch;
  };
  const store: Store = { ...memory, log: { ...memory.log, read } };
  const room = await openRoom({
    secrets: new ScryptSecrets(),
    guesses: new CountedGuesses(),
    recentEntries: 0,
    store,
    clock,
    ids: testIds,
    observe: () => undefined,
    decodeDetails,
    decodeUser,
    settings: defaultRoomSettings,
    encode: encodeEvent,
    deliver: () => undefined,
    lost: () => undefined,
  });
  onTestFinished(() => room.close());
  const { member } = await room.login({ nickname: "ada" });
  return {
    append: (text: string, erase: readonly number[] = []) =>
      memory.log.append(writeRecord(said(text), encodeEvent, new Uint8Array(NONCE_BYTES), erase), { erase }),
    list: (after = "") => room.listEvents(member, { before: "", after, pageSize: 0 }),
    reads: () => reads,
    holdReads() {
      let release = () => {};
      gate = new Promise((resolve) => {
        release = () => {
          gate = undefined;
          resolve();
        };
      });
      return release;
    },
  };
}

const shown = (entries: readonly Entry[]) =>
  entries.map(({ data }) => Buffer.from(readRecord(data).payload).toString("latin1"));

test("a page has nothing that was erased while it was read, and is read again only then", async () => {
  const { append, list, reads, holdReads } = await openGatedRoom();
  for (const text of ["one", "two", "three"]) await append(text);
  const before = reads();
  expect((await list()).entries).toHaveLength(3);
  const once = reads() - before;
  const release = holdReads();
  const listing = list();
  await append("gone", [2]);
  release();
  const texts = shown((await listing).entries);
  expect(texts.map((text) => /one|two|three|gone/.exec(text)?.[0])).toEqual(["one", "three", "gone"]);
  expect(reads() - before).toBe(3 * once);
});

test("a void entry is passed over by pages in both directions, and is no gap", async () => {
  const { append, list } = await openGatedRoom();
  for (const text of ["one", "two", "three"]) await append(text);
  await append("gone", [1, 3]);
  const { entries, from, to, atStart, lost } = await list();
  expect(entries.map(({ seq }) => seq)).toEqual([2, 4]);
  expect([from, to, atStart, lost]).toEqual([0, 4, true, undefined]);
});
