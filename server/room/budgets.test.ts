import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { createMemoryStore } from "../engines/memory.js";
import { testIds } from "../engines/test-ids.js";
import { openRoom } from "./room.js";
import { defaultRoomSettings, type RoomSettings } from "./settings.js";

/** A room in memory, for attacks by members who are logged in. */
async function openTestRoom(settings: Partial<RoomSettings> = {}, maxEvents?: number) {
  const clock = createManualClock();
  const store = createMemoryStore({ clock, ids: testIds, ...(maxEvents !== undefined && { maxEvents }) });
  await store.open();
  const room = await openRoom({
    store,
    clock,
    ids: testIds,
    observe: () => undefined,
    settings: { ...defaultRoomSettings, messagesPerSecond: 0, ...settings },
    encode: (event) => new TextEncoder().encode("text" in event ? event.text : ""),
    deliver: () => undefined,
    lost: () => undefined,
  });
  onTestFinished(() => room.close());
  return { room, clock, store };
}

test("10,000 Logins with one request_id leave eight tokens, and Logout leaves none", async () => {
  const { room } = await openTestRoom();
  const tokens: string[] = [];
  for (let i = 0; i < 10_000; i++) tokens.push((await room.login("ada", "0123456789abcdef0123")).token);
  const accepted = async () => {
    const results = await Promise.allSettled(tokens.map((token) => room.authenticate(token)));
    return tokens.filter((_, i) => results[i]?.status === "fulfilled");
  };
  expect(await accepted()).toEqual(tokens.slice(-8));
  await room.logout(await room.authenticate(tokens.at(-1)!));
  expect(await accepted()).toEqual([]);
});
