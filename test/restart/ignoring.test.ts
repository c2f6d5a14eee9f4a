import { describe, expect, test } from "vitest";
import { type Person, refused, summarize } from "../support/people.js";
import { openRoomInFile, type RoomInFile } from "./room-in-file.js";

const starts = [
  ["a restart", (room: RoomInFile) => room.restart()],
  ["kill -9", (room: RoomInFile) => room.crash()],
] as const;

const toggle = (person: Person) => person.chat.toggleIgnore({}, person.options);

describe.each(starts)("ignoring group messages across %s", (_, again) => {
  test("persists: no group messages in or out, private ones arrive, ListUsers shows it", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    await toggle(ada);
    await again(room);
    const feed = room.back(ada).listen();
    expect((await feed.next("hello")).kind.value).toMatchObject({ ignoring: true });
    await room.back(bob).say("passed over");
    await room.back(bob).sendTo("ada", "psst");
    await feed.next("privateMessage");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "bob -> ada: psst"]);
    expect(await refused(room.back(ada).say("hello"))).toMatchObject({ reason: "IGNORING" });
  });

  test("skipped messages are counted before and after it, and never replayed", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const { cursor } = await bob.say("visible");
    await toggle(ada);
    await bob.say("one");
    await again(room);
    await room.back(bob).say("two");
    expect(await toggle(room.back(ada))).toMatchObject({ ignoring: false, skipped: 2 });
    await room.back(bob).say("visible again");
    await again(room);
    const feeds = [room.back(ada).listen({ after: cursor }), room.back(ada).listen({ backlog: 3 })];
    for (const feed of feeds) {
      await feed.next("caughtUp");
      const expected = ["hello", "ignoring: true", "ignoring: false", "bob: visible again", "caughtUp"];
      expect(feed.summary()).toEqual(expected);
    }
    const back = room.back(ada);
    const { events } = await back.chat.listEvents({ after: cursor }, back.options);
    expect(events.map(summarize)).toEqual(["ignoring: true", "ignoring: false", "bob: visible again"]);
  });

  test("persists when the toggle itself is no longer kept", async () => {
    const room = await openRoomInFile({ keepEvents: 3 });
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    await toggle(ada);
    for (let i = 1; i <= 5; i++) await bob.say(`${i}`);
    await again(room);
    const feed = room.back(ada).listen({ backlog: 10 });
    await feed.next("caughtUp");
    expect(feed.summary()).toEqual(["hello", "caughtUp"]);
    expect(feed.items[0]!.kind.value).toMatchObject({ ignoring: true });
    expect(await refused(room.back(ada).say("hello"))).toMatchObject({ reason: "IGNORING" });
    expect(await toggle(room.back(ada))).toMatchObject({ ignoring: false });
    await room.back(bob).say("visible");
    await feed.next("groupMessage");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "ignoring: false", "bob: visible"]);
  });

  test("having stopped persists when neither toggle is kept", async () => {
    const room = await openRoomInFile({ keepEvents: 3 });
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    await toggle(ada);
    await toggle(ada);
    for (let i = 1; i <= 5; i++) await bob.say(`${i}`);
    await again(room);
    const feed = room.back(ada).listen({ backlog: 10 });
    await feed.next("caughtUp");
    expect(feed.summary()).toEqual(["hello", "bob: 3", "bob: 4", "bob: 5", "caughtUp"]);
    await room.back(ada).say("hello");
  });
});
