import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { cheapSecrets } from "../../test/support/secrets.js";
import { createMemoryStore } from "../engines/memory.js";
import { testIds } from "../engines/test-ids.js";
import { decodeDetails, decodeUser, encodeEvent } from "../wire/codec/event.js";
import { recordOf } from "./context.js";
import { type Person, type RoomEvent, readRecord } from "./log/record.js";
import type { Member } from "./members/member.js";
import type { Store } from "./ports.js";
import { openRoom, type Room } from "./room.js";
import { defaultRoomSettings } from "./settings.js";

const clock = createManualClock();

async function open(store: Store): Promise<Room> {
  const room = await openRoom({
    ...cheapSecrets(),
    recentEntries: 10,
    store,
    clock,
    ids: testIds,
    observe: () => undefined,
    settings: { ...defaultRoomSettings, messagesPerSecond: 0 },
    decodeUser,
    decodeDetails,
    encode: encodeEvent,
    deliver: () => undefined,
    lost: () => undefined,
  });
  onTestFinished(() => room.close());
  return room;
}

async function openStore(): Promise<Store> {
  const store = createMemoryStore({ clock, ids: testIds });
  await store.open();
  return store;
}

/** Resolves when the room has applied it. */
async function append(store: Store, event: RoomEvent): Promise<void> {
  const { record } = recordOf({ encode: encodeEvent, ids: testIds }, event);
  await store.log.append(record);
}

const listed = async (room: Room): Promise<readonly Person[]> =>
  (await room.listUsers({ pageSize: 0, pageToken: "", prefix: "" })).users;

async function kindsFor(room: Room, member: Member): Promise<string[]> {
  const { entries } = await room.listEvents(member, { before: "", after: "", pageSize: 0 });
  return entries.map(({ data }) => readRecord(data).kind);
}

/** The store has a registration before the event of it is appended. */
async function keepModerator(store: Store, { id, name }: Member): Promise<void> {
  const times = { registeredAt: 0, lastSeenAt: clock.now() };
  const stored = { id, nickname: name.shown, role: "MODERATOR", ignoring: false, ...times };
  await store.values.put(`reg:${name.key}`, new TextEncoder().encode(JSON.stringify(stored)));
}

const action = { kind: "moderated", to: "moderators", action: "UPDATE_ROOM", moderator: "" } as const;

test("a role counts from user_changed on: in the list, for visibility, and after a restart", async () => {
  const store = await openStore();
  const room = await open(store);
  const { member: ada } = await room.login({ nickname: "ada" });
  const { member: bob } = await room.login({ nickname: "bob" });
  for (const member of [ada, bob]) await room.subscribe(member);
  await append(store, { ...action, reason: "", reference: "" });
  expect([...room.concernedBy({ kind: "moderated", ids: [] })]).toEqual([]);

  const before = ada.person;
  await keepModerator(store, ada);
  await append(store, { kind: "user_changed", user: { ...before, registered: true, role: "MODERATOR" } });
  expect(ada.person).not.toBe(before);
  expect(await listed(room)).toEqual([{ ...before, registered: true, role: "MODERATOR" }, bob.person]);
  expect(ada.participant).toEqual({ id: ada.id, nickname: "ada", registered: true });
  expect([...room.concernedBy({ kind: "moderated", ids: [] })]).toEqual([ada.id]);
  expect([...room.concernedBy({ kind: "private_message", ids: [bob.id] })]).toEqual([bob.id]);
  expect(await kindsFor(room, ada)).toEqual(["joined", "joined", "moderated", "user_changed"]);
  expect(await kindsFor(room, bob)).toEqual(["joined", "joined", "user_changed"]);

  await room.close();
  const again = await open(store);
  expect(await listed(again)).toEqual([{ ...before, registered: true, role: "MODERATOR" }, bob.person]);
  await append(store, { kind: "user_changed", user: before });
  expect(await listed(again)).toEqual([before, bob.person]);
  expect([...again.concernedBy({ kind: "moderated", ids: [] })]).toEqual([]);
});

test("a program is one for everyone, from Login on and after a restart", async () => {
  const store = await openStore();
  const room = await open(store);
  const { member } = await room.login({ nickname: "rob", bot: true });
  await room.subscribe(member);
  expect(await listed(room)).toEqual([
    { id: member.id, nickname: "rob", joinTime: member.person.joinTime, bot: true },
  ]);
  await room.close();
  expect(await listed(await open(store))).toEqual([member.person]);
});

test("user_changed of a member that is not here changes nothing", async () => {
  const store = await openStore();
  const room = await open(store);
  await append(store, { kind: "user_changed", user: { id: "gone", nickname: "gone", joinTime: 0 } });
  expect(await listed(room)).toEqual([]);
});
