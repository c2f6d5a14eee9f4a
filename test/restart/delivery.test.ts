import { describe, expect, test } from "vitest";
import { graceMs, openRoomInFile, type RoomInFile } from "./room-in-file.js";

const starts = [
  ["a restart", (room: RoomInFile) => room.restart()],
  ["kill -9", (room: RoomInFile) => room.crash()],
] as const;

/** ada and bob, who had a feed and closed it at `cursor`. */
async function meet(flags: readonly string[] = []) {
  const room = await openRoomInFile({ flags });
  const [ada, bob] = [await room.join("ada"), await room.join("bob")];
  const feed = bob.listen();
  await feed.next("caughtUp");
  const { cursor } = feed;
  await feed.close();
  await room.hasFeeds(0);
  return { room, ada, bob, cursor };
}

describe.each(starts)("private messages across %s", (_, again) => {
  test("are reported if their recipient does not come back, also of several processes", async () => {
    const { room, ada, bob } = await meet();
    const one = await ada.sendTo("bob", "one");
    await again(room);
    const two = await room.back(ada).sendTo("bob", "two");
    await again(room);
    const feed = room.back(ada).listen();
    await feed.next("caughtUp");
    await room.flushed();
    room.clock.advance(graceMs);
    const { messageIds, recipientId } = (await feed.next("undelivered")).kind.value;
    expect([messageIds, recipientId]).toEqual([[one.id, two.id], bob.id]);
    await feed.next("left");
    await again(room);
    const { events } = await room.back(ada).chat.listEvents({}, room.back(ada).options);
    expect(events.filter(({ kind }) => kind.case === "undelivered")).toHaveLength(1);
  });

  test("are not reported if their recipient was written them before it, or after", async () => {
    const { room, ada, bob, cursor } = await meet();
    await ada.sendTo("bob", "one");
    const before = bob.listen({ after: cursor });
    await before.next("caughtUp");
    expect(before.summary()).toEqual(["hello", "ada -> bob: one", "caughtUp"]);
    const read = before.cursor;
    await before.close();
    await room.hasFeeds(0);
    await ada.sendTo("bob", "two");
    await room.flushed();
    await again(room);
    const after = room.back(bob).listen({ after: read });
    await after.next("caughtUp");
    expect(after.summary()).toEqual(["hello", "ada -> bob: two", "caughtUp"]);
    await room.back(bob).chat.logout({}, bob.options);
    const feed = room.back(ada).listen({ backlog: 1 });
    await feed.next("caughtUp");
    expect(feed.summary()).toEqual(["hello", "-bob", "caughtUp"]);
  });

  test("that only some feeds of their recipient were written are told apart", async () => {
    const { room, ada, bob } = await meet();
    const one = await ada.sendTo("bob", "one");
    // A fresh start is not written what came before it.
    const fresh = bob.listen();
    await fresh.next("caughtUp");
    await ada.sendTo("bob", "two");
    await fresh.next("privateMessage");
    await fresh.close();
    await room.hasFeeds(0);
    const three = await ada.sendTo("bob", "three");
    const latest = bob.listen({ backlog: 1 });
    await latest.next("caughtUp");
    expect(latest.summary()).toEqual(["hello", "ada -> bob: three", "caughtUp"]);
    expect(three.id).not.toBe(one.id);
    await latest.close();
    await room.hasFeeds(0);
    await room.flushed();
    await again(room);
    await room.back(bob).chat.logout({}, bob.options);
    const feed = room.back(ada).listen({ backlog: 2 });
    expect((await feed.next("undelivered")).kind.value.messageIds).toEqual([one.id]);
  });
});
