import { onTestFinished } from "vitest";
import { createManualClock } from "../../../../test/support/manual-clock.js";
import { createMemoryStore } from "../../../engines/memory.js";
import { testIds } from "../../../engines/test-ids.js";
import { CountedGuesses } from "../../../secrets/guesses.js";
import { ScryptSecrets } from "../../../secrets/scrypt.js";
import { decodeDetails, decodeUser, encodeEvent } from "../../../wire/codec/event.js";
import { NONCE_BYTES, type RoomEvent, writeRecord } from "../../log/record.js";
import type { EventLog, Store } from "../../ports.js";
import { openRoom } from "../../room.js";
import { defaultRoomSettings } from "../../settings.js";
import type { SearchEventsRequest } from "./search-events.js";

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

export const mallory = { id: "mallory-id", nickname: "mallory" };
export const said = (text: string): RoomEvent => ({ kind: "group_message", sender: mallory, text });

/** A room with a reader, ada, on a store whose reads wait while `holdReads` holds them. */
export async function openGatedRoom() {
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
  const append = (event: RoomEvent, erase: readonly number[] = []) =>
    memory.log.append(writeRecord(event, encodeEvent, new Uint8Array(NONCE_BYTES), erase), { erase });
  return {
    clock,
    member,
    append,
    appendText: (text: string, erase?: readonly number[]) => append(said(text), erase),
    list: (after = "") => room.listEvents(member, { before: "", after, pageSize: 0 }),
    search: (text: string, request: Partial<SearchEventsRequest> = {}, nextTurn = settled) =>
      room.searchEvents(member, { text, before: "", after: "", pageSize: 0, ...request }, nextTurn),
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
