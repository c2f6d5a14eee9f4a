import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { cheapSecrets } from "../../test/support/secrets.js";
import { createMemoryStore } from "../engines/memory.js";
import { testIds } from "../engines/test-ids.js";
import { decodeDetails, decodeUser } from "../wire/codec/event.js";
import type { Entry, Store } from "./ports.js";
import { openRoom } from "./room.js";
import { defaultRoomSettings } from "./settings.js";

const clock = createManualClock();

async function open(store: Store, deliver: (entry: Entry, epoch: string, online?: number) => void) {
  const room = await openRoom({
    ...cheapSecrets(),
    recentEntries: 3,
    store,
    clock,
    ids: testIds,
    observe: () => undefined,
    settings: { ...defaultRoomSettings, messagesPerSecond: 0 },
    decodeUser,
    decodeDetails,
    encode: (event) => new TextEncoder().encode("text" in event ? event.text : ""),
    deliver,
    lost: () => undefined,
  });
  onTestFinished(() => room.close());
  return room;
}

test("a room that opens again has the newest entries delivered before it serves anyone", async () => {
  const store = createMemoryStore({ clock, ids: testIds });
  await store.open();
  const before = await open(store, () => undefined);
  const { member } = await before.login({ nickname: "ada" });
  for (const text of ["1", "2", "3", "4"]) await before.broadcast(member, text, "");
  await before.close();

  const delivered: [seq: number, online: number | undefined][] = [];
  const after = await open(store, ({ seq }, _, online) => delivered.push([seq, online]));
  const ticket = await after.subscribe((await after.login({ nickname: "bob" })).member);
  // Who was in the room then is known for the last of them only, and nothing of them counts twice.
  expect(delivered.slice(0, 3)).toEqual([
    [3, undefined],
    [4, undefined],
    [5, 1],
  ]);
  expect(delivered.slice(3)).toEqual([[6, 2]]);
  expect(ticket).toMatchObject({ position: { seq: 6 }, online: 2 });
});
