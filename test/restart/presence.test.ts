import { describe, expect, test } from "vitest";
import { type Listener, type Person, refused } from "../support/people.js";
import { graceMs, idleMs, openRoomInFile, type RoomInFile } from "./room-in-file.js";

const starts = [
  ["a restart", (room: RoomInFile) => room.restart()],
  ["kill -9", (room: RoomInFile) => room.crash()],
] as const;

async function openFeed(feed: Listener): Promise<Listener> {
  await feed.next("caughtUp");
  return feed;
}

describe.each(starts)("across %s", (_, again) => {
  test("a member that reconnects within the grace period with the same token never left", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const [before] = await Promise.all([openFeed(bob.listen()), openFeed(ada.listen())]);
    await again(room);
    room.clock.advance(graceMs - 1_000);
    const watching = await openFeed(room.back(bob).listen({ after: before.cursor }));
    const returned = await openFeed(room.back(ada).listen());
    expect(returned.items[1]!.kind.value).toMatchObject({ online: 2 });
    room.clock.advance(10 * graceMs);
    await room.back(ada).say("still here");
    await watching.next("groupMessage");
    expect(watching.summary()).toEqual(["hello", "caughtUp", "ada: still here"]);
  });

  test("a member that does not reconnect leaves, announced once, and the nickname is free", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const [before] = await Promise.all([openFeed(bob.listen()), openFeed(ada.listen())]);
    await again(room);
    const watching = await openFeed(room.back(bob).listen({ after: before.cursor }));
    expect(await refused(room.join("ada"))).toMatchObject({ reason: "NICKNAME_TAKEN" });
    room.clock.advance(graceMs + 1_000);
    await watching.next("left");
    expect(await refused(room.back(ada).say("me too"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    room.clock.advance(10 * idleMs);
    expect((await room.join("ada")).id).not.toBe(ada.id);
    await watching.next("joined");
    expect(watching.summary()).toEqual(["hello", "caughtUp", "-ada", "+ada"]);
    await again(room);
    room.clock.advance(graceMs - 1_000);
    const later = await openFeed(room.back(bob).listen({ after: before.cursor }));
    expect(later.summary()).toEqual(["hello", "-ada", "+ada", "caughtUp"]);
  });

  test("a member without a feed stays for the idle time, not the grace period", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    for (const each of [ada, bob]) await each.say("here");
    await again(room);
    const watching = await openFeed(room.back(bob).listen());
    await room.flushed();
    room.clock.advance(idleMs - 1_000);
    await room.back(ada).say("still here");
    room.clock.advance(idleMs + 1_000);
    await watching.next("left");
    expect(watching.summary()).toEqual(["hello", "caughtUp", "ada: still here", "-ada"]);
  });

  test("the number online is right at once and stays right", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const cy = await room.join("cy");
    await cy.chat.logout({}, cy.options);
    await again(room);
    const feed = room.back(ada).listen();
    expect((await feed.next("caughtUp")).kind.value).toMatchObject({ online: 2 });
    const { users, totalSize } = await room.back(bob).chat.listUsers({}, room.back(bob).options);
    expect([users.map(({ nickname }) => nickname), totalSize]).toEqual([["ada", "bob"], 2]);
    expect(users[0]).toMatchObject({ id: ada.id });
    const dee = await room.join("dee");
    await dee.chat.logout({}, dee.options);
    await feed.next("left");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "+dee", "-dee"]);
  });

  test("a logged-out token stays invalid, like the member's other tokens", async () => {
    const room = await openRoomInFile();
    const secret = "0123456789abcdef0123";
    const [ada, second] = [await room.login("ada", secret), await room.login("ada", secret)];
    await ada.chat.logout({}, ada.options);
    await again(room);
    for (const gone of [ada, second]) {
      expect(await refused(room.back(gone).say("hello?"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
      expect((await room.back(gone).listen().ended)?.code).toBe(16);
    }
    const again2 = await room.login("ada");
    expect(await refused(room.back(ada).say("is that me?"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    await again2.say("no");
  });

  test("a token that the restarted server has not seen yet ends with its member, too", async () => {
    const room = await openRoomInFile();
    const secret = "0123456789abcdef0123";
    const [ada, second] = [await room.login("ada", secret), await room.login("ada", secret)];
    await again(room);
    await room.back(ada).chat.logout({}, ada.options);
    expect(await refused(room.back(second).say("hello?"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    await again(room);
    expect(await refused(room.back(second).say("hello?"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
  });
});

test.each(starts)("a silent login stays one across %s", async (_, again) => {
  const room = await openRoomInFile();
  const [ada, bob, cy] = [await room.join("ada"), await room.login("bob"), await room.login("cy")];
  await again(room);
  expect(await refused(room.login("bob"))).toMatchObject({ reason: "NICKNAME_TAKEN" });
  await room.back(cy).say("late");
  await again(room);
  const { totalSize } = await room.back(bob).chat.listUsers({}, room.back(bob).options);
  expect(totalSize).toBe(2);
  const watching = await openFeed(room.back(ada).listen({ backlog: 10 }));
  await room.flushed();
  room.clock.advance(idleMs + 1_000);
  await watching.next("left");
  await room.flushed();
  expect((await room.join("bob")).id).not.toBe(bob.id);
  await watching.next("joined");
  expect(watching.summary()).toEqual(["hello", "+ada", "+cy", "cy: late", "caughtUp", "-cy", "+bob"]);
});

test("a nickname that was claimed by a Login that returned no token before the crash is free", async () => {
  const room = await openRoomInFile();
  const { names } = room.store;
  const value = JSON.stringify({ nickname: "Ada", joinTime: room.clock.now() });
  await names.claim(await names.lease(Number.POSITIVE_INFINITY), "ada", "nobody-yet", value);
  await room.crash();
  const bob = await room.join("bob");
  const feed = await openFeed(bob.listen({ backlog: 10 }));
  await room.join("ada");
  await feed.next("joined");
  expect(feed.summary()).toEqual(["hello", "+bob", "caughtUp", "+ada"]);
});

test("a room of a thousand members is restored completely", async () => {
  const room = await openRoomInFile({ expected: /many members share one address/ });
  const people: Person[] = [];
  // At most as many at once as the listen backlog allows.
  for (let i = 0; i < 10; i++)
    people.push(...(await Promise.all(Array.from({ length: 100 }, (_, k) => room.login(`guest${i}${k}x`)))));
  for (let i = 0; i < 10; i++)
    await Promise.all(people.slice(100 * i, 100 * (i + 1)).map((person) => person.say("here")));
  await room.crash();
  const feed = room.back(people[999]!).listen();
  expect((await feed.next("caughtUp")).kind.value).toMatchObject({ online: 1_000 });
  await room.back(people[0]!).say("all here");
  await feed.next("groupMessage");
});
