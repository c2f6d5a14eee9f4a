import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { cheapSecrets } from "../../test/support/secrets.js";
import { createMemoryStore } from "../engines/memory.js";
import { testIds } from "../engines/test-ids.js";
import { decodeDetails, decodeUser } from "../wire/codec/event.js";
import { writeCursor } from "./log/cursor.js";
import { readRecord } from "./log/record.js";
import { openRoom } from "./room.js";
import { defaultRoomSettings, type RoomSettings } from "./settings.js";

/** A room in memory, for attacks by members who are logged in. */
async function openTestRoom(settings: Partial<RoomSettings> = {}, maxEvents?: number) {
  const clock = createManualClock();
  const store = createMemoryStore({ clock, ids: testIds, ...(maxEvents !== undefined && { maxEvents }) });
  await store.open();
  const room = await openRoom({
    ...cheapSecrets(),
    recentEntries: 0,
    store,
    clock,
    ids: testIds,
    observe: () => undefined,
    decodeUser,
    decodeDetails,
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
  for (let i = 0; i < 10_000; i++)
    tokens.push((await room.login({ nickname: "ada", requestId: "0123456789abcdef0123" })).token);
  const accepted = async () => {
    const results = await Promise.allSettled(tokens.map((token) => room.authenticate(token)));
    return tokens.filter((_, i) => results[i]?.status === "fulfilled");
  };
  expect(await accepted()).toEqual(tokens.slice(-8));
  await room.logout(await room.authenticate(tokens.at(-1)!));
  expect(await accepted()).toEqual([]);
});

test("a member's newest feed wins over its oldest, and over one that takes nothing before that", async () => {
  const { room } = await openTestRoom({ maxFeedsPerMember: 3 });
  const { member } = await room.login({ nickname: "ada" });
  const ended: string[] = [];
  const open = async (name: string, blocked = false) => {
    const ticket = await room.subscribe(member);
    ticket.attach({
      end: (reason) => ended.push(`${name} ${reason}`),
      flush: () => undefined,
      isBlocked: () => blocked,
      readTo: () => undefined,
    });
    return ticket;
  };
  const first = await open("first");
  await open("second", true);
  await open("third");
  await open("fourth");
  await open("fifth");
  expect(ended).toEqual(["second TOO_SLOW", "first REPLACED"]);
  first.close();
  for (let i = 0; i < 1_000; i++) await open("later");
  expect(member.feeds.size).toBe(3);
});

test("a Logout writes to all feeds only for private messages that its member has not been written", async () => {
  const { room } = await openTestRoom();
  const { member: ada } = await room.login({ nickname: "ada" });
  let flushes = 0;
  for (const name of ["bob", "eve"]) {
    const { member } = await room.login({ nickname: name });
    const ticket = await room.subscribe(member);
    ticket.attach({
      end: () => undefined,
      flush: () => flushes++,
      isBlocked: () => false,
      readTo: () => undefined,
    });
    if (name === "eve")
      await room.sendTo(ada, { recipient: name, recipientId: "", text: "psst", requestId: "" });
    await room.logout(member);
    expect(flushes).toBe(name === "eve" ? 1 : 0);
  }
});

test("members who come and go evict no message", async () => {
  const { room, store } = await openTestRoom({}, 20);
  const { member } = await room.login({ nickname: "ada" });
  await room.broadcast(member, "first", "");
  for (let i = 0; i < 1_500; i++) {
    const { member: eve } = await room.login({ nickname: `eve${i}` });
    (await room.subscribe(eve)).close();
    await room.logout(eve);
  }
  expect((await store.log.head()).last).toBe(3_002);
  const request = { before: "", after: writeCursor({ epoch: (await store.log.head()).epoch, seq: 1 }) };
  const { entries } = await room.listEvents(member, { ...request, pageSize: 1 });
  expect(entries.map(({ data }) => readRecord(data).kind)).toEqual(["group_message"]);
  for (let i = 0; i < 20; i++) await room.broadcast(member, `${i}`, "");
  expect(await store.log.head()).toMatchObject({ first: 3_003 - 3_000, last: 3_022 });
});

test("a new member begins with a small burst, and has the whole one soon", async () => {
  const { room, clock } = await openTestRoom({ messagesPerSecond: 10, messageBurst: 30 });
  const { member } = await room.login({ nickname: "ada" });
  const sent = async () => {
    const burst = Array.from({ length: 50 }, () => room.broadcast(member, "hello", ""));
    return (await Promise.allSettled(burst)).filter(({ status }) => status === "fulfilled").length;
  };
  expect(await sent()).toBe(10);
  clock.advance(3_000);
  expect(await sent()).toBe(30);
});

test("while the room is more than half full, members who never had a feed leave ten times sooner", async () => {
  const { room, clock } = await openTestRoom({ maxMembers: 10, idleMs: 300_000 });
  const loggedIn = () => room.counts().members + room.counts().silent;
  const { member: ada } = await room.login({ nickname: "ada" });
  (await room.subscribe(ada)).attach({
    end: () => undefined,
    flush: () => undefined,
    isBlocked: () => false,
    readTo: () => undefined,
  });
  for (let i = 0; i < 4; i++) await room.login({ nickname: `eve${i}` });
  clock.advance(60_000);
  expect(loggedIn()).toBe(5);
  const { token } = await room.login({ nickname: "bob" });
  await room.login({ nickname: "dan" });
  clock.advance(29_000);
  await room.authenticate(token);
  clock.advance(2_000);
  // Those who came first go first, and only until the room is half empty.
  await expect.poll(loggedIn).toBe(5);
  clock.advance(60_000);
  await expect.poll(loggedIn).toBe(5);
  await room.authenticate(token);
  clock.advance(250_000);
  await expect.poll(loggedIn).toBe(2);
});
