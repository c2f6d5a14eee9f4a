import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { cheapSecrets } from "../../../test/support/secrets.js";
import { createMemoryStore } from "../../engines/memory.js";
import { testIds } from "../../engines/test-ids.js";
import { decodeDetails, decodeUser, encodeEvent } from "../../wire/codec/event.js";
import { type RecordKind, readRecord } from "../log/record.js";
import type { Member } from "../members/member.js";
import { type Store, Unavailable } from "../ports.js";
import { openRoom, type Room } from "../room.js";
import { defaultRoomSettings, type RoomSettings } from "../settings.js";

const DAY_MS = 86_400_000;
const clock = createManualClock();

async function openStore({ shared = false } = {}): Promise<Store> {
  const memory = createMemoryStore({ clock, ids: testIds });
  await memory.open();
  return { ...memory, shared };
}

async function open(store: Store, settings: Partial<RoomSettings> = {}) {
  const kinds: RecordKind[] = [];
  const room = await openRoom({
    ...cheapSecrets(),
    recentEntries: 0,
    store,
    clock,
    ids: testIds,
    observe: () => undefined,
    settings: { ...defaultRoomSettings, messagesPerSecond: 0, ...settings },
    decodeUser,
    decodeDetails,
    encode: encodeEvent,
    deliver: ({ data }) => kinds.push(readRecord(data).kind),
    lost: () => undefined,
  });
  onTestFinished(() => room.close());
  return { room, kinds };
}

async function join(room: Room, nickname: string) {
  const { member, token } = await room.login({ nickname });
  await room.broadcast(member, "hi", "");
  return { member, token };
}

const register = (room: Room, { member, token }: { member: Member; token: string }, requestId = "") =>
  room.registerNickname(member, { secret: "", requestId, token });
const reason = (name: string) => ({ reason: name });

test("what one process registers, another one knows at its next decision", async () => {
  const store = await openStore({ shared: true });
  const [a, b] = [await open(store), await open(store)];
  const ada = await a.room.login({ nickname: "coco" });
  // A silent login: the room does not learn of it.
  const secret = await register(a.room, ada);
  await a.room.logout(ada.member);
  for (const nickname of ["coco", "сосо"])
    await expect(b.room.login({ nickname })).rejects.toMatchObject(reason("NICKNAME_REGISTERED"));
  const back = await b.room.login({ nickname: "coco", secret });
  expect(back.member.id).toBe(ada.member.id);
  await expect(b.room.authenticate(ada.token)).rejects.toMatchObject(reason("NOT_LOGGED_IN"));
  await b.room.unregisterNickname(back.member, back.token);
  await b.room.logout(back.member);
  await expect(a.room.login({ nickname: "coco", secret })).rejects.toMatchObject(reason("SECRET_INVALID"));
});

test("names that were given up take space until they are open again, and their own members may have them again", async () => {
  const store = await openStore();
  const settings = { maxRegistrations: 2, keepMs: DAY_MS, idleMs: 10 * DAY_MS };
  const { room } = await open(store, settings);
  const [ada, bob, cleo] = [await join(room, "ada"), await join(room, "bob"), await join(room, "cleo")];
  await register(room, ada);
  await register(room, bob);
  await room.unregisterNickname(bob.member, bob.token);
  expect([room.registered, room.closed]).toEqual([1, 1]);
  await expect(register(room, cleo)).rejects.toMatchObject(reason("ROOM_FULL"));
  await register(room, bob);
  await register(room, ada);
  await room.unregisterNickname(bob.member, bob.token);
  // One look for names that are open again each hour, and the next is due only once that one is over.
  await expect
    .poll(() => {
      clock.advance(DAY_MS);
      return register(room, cleo).catch(({ reason: why }) => why);
    })
    .not.toBe("ROOM_FULL");
});

test("calls that come together at another process all know what was registered", async () => {
  const store = await openStore({ shared: true });
  const [a, b] = [await open(store), await open(store)];
  const ada = await a.room.login({ nickname: "ada" });
  const secret = await register(a.room, ada);
  await a.room.logout(ada.member);
  const proof = { nickname: "ada", secret, address: { ip: undefined, budget: "" } };
  const owners = await Promise.all(Array.from({ length: 5 }, () => b.room.authenticateOwner(proof)));
  expect(new Set(owners.map(({ id }) => id))).toEqual(new Set([ada.member.id]));
});

test("another device at another process is the same member", async () => {
  const store = await openStore({ shared: true });
  const [a, b] = [await open(store), await open(store)];
  const ada = await join(a.room, "ada");
  const secret = await register(a.room, ada);
  const other = await b.room.login({ nickname: "ada", secret });
  expect(other.member.id).toBe(ada.member.id);
  expect(other.left).toBeUndefined();
  await b.room.broadcast(other.member, "from there", "");
  await a.room.broadcast(await a.room.authenticate(ada.token), "from here", "");
  expect(b.kinds.filter((kind) => kind === "joined")).toHaveLength(1);
  expect((await b.room.authenticate(other.token)).person).toMatchObject({ registered: true });
});

test("a replaced secret ends the sessions and the feeds of other devices at every process", async () => {
  const store = await openStore({ shared: true });
  const [a, b] = [await open(store), await open(store)];
  const ada = await join(a.room, "ada");
  const secret = await register(a.room, ada);
  const other = await b.room.login({ nickname: "ada", secret });
  const ticket = await b.room.subscribe(other.member, other.token);
  const ended = new Promise<string>((resolve) => {
    ticket.attach({
      end: resolve,
      flush: () => undefined,
      isBlocked: () => false,
      readTo: () => undefined,
    });
  });
  const next = await register(a.room, { ...ada, member: await a.room.authenticate(ada.token) });
  expect(await ended).toBe("SESSION_EXPIRED");
  await expect(b.room.authenticate(other.token)).rejects.toMatchObject(reason("NOT_LOGGED_IN"));
  await expect(b.room.login({ nickname: "ada", secret })).rejects.toMatchObject(reason("SECRET_INVALID"));
  expect((await b.room.login({ nickname: "ada", secret: next })).member.id).toBe(ada.member.id);
});

test("of those who race for one registration at two processes, one has it, and the last secret alone is valid", async () => {
  const store = await openStore({ shared: true });
  const [a, b] = [await open(store), await open(store)];
  for (let i = 0; i < 20; i++) {
    const { member, token } = await join(a.room, `ada${i}`);
    const there = await b.room.authenticate(token);
    const secrets = await Promise.all([
      register(a.room, { member, token }, "r"),
      register(b.room, { member: there, token }, "r"),
    ]);
    await a.room.logout(await a.room.authenticate(token));
    const tries = await Promise.allSettled(
      secrets.map((secret) => b.room.login({ nickname: `ada${i}`, secret })),
    );
    expect(tries.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  }
});

test("the event of a registration that a kill left out is appended by the next start", async () => {
  const store = await openStore();
  let isDead = false;
  const dying: Store = {
    ...store,
    log: {
      ...store.log,
      append: async (data, options) => {
        isDead ||= readRecord(data).kind === "user_changed";
        if (isDead) throw new Unavailable("unknown");
        return store.log.append(data, options);
      },
    },
  };
  const before = await open(dying);
  const ada = await join(before.room, "ada");
  await expect(register(before.room, ada)).rejects.toMatchObject(reason("STORE_UNAVAILABLE"));
  before.room.beginShutdown();
  const { room, kinds } = await open(store);
  expect(kinds.filter((kind) => kind === "user_changed")).toHaveLength(1);
  expect((await room.authenticate(ada.token)).person).toMatchObject({ registered: true });
  const again = await open(store);
  expect(again.kinds.filter((kind) => kind === "user_changed")).toHaveLength(0);
});

test("an unused registration ends after its time, and one whose owner is in the room does not", async () => {
  const store = await openStore();
  const settings = { unusedNamesMs: 10 * DAY_MS, keepMs: 20 * DAY_MS, graceMs: 1_000, idleMs: 1_000 };
  const { room } = await open(store, settings);
  const ada = await join(room, "ada");
  await register(room, ada);
  await room.logout(ada.member);
  const bob = await join(room, "bob");
  await register(room, bob);
  const ticket = await room.subscribe(bob.member);
  clock.advance(10 * DAY_MS);
  // Looked for once an hour.
  const send = async () => {
    clock.advance(3_600_000);
    return room.sendTo(bob.member, to("ada")).then(
      () => "sent",
      ({ reason }) => reason as string,
    );
  };
  await expect.poll(send).toBe("USER_NOT_FOUND");
  // Messages under the name may be kept for ten more days.
  await expect(room.login({ nickname: "ada" })).rejects.toMatchObject(reason("NICKNAME_REGISTERED"));
  expect((await room.authenticate(bob.token)).person).toMatchObject({ registered: true });
  ticket.close();
  clock.advance(10 * DAY_MS);
  expect((await room.login({ nickname: "ada" })).member.person.registered).toBeUndefined();
});

const to = (recipient: string) => ({ recipient, recipientId: "", text: "psst", requestId: "" });
