import { describe, expect, test } from "vitest";
import { type Listener, type Person, summarize } from "../support/people.js";
import { openRoomInFile, type RoomInFile } from "./room-in-file.js";

const starts = [
  ["a restart", (room: RoomInFile) => room.restart()],
  ["kill -9", (room: RoomInFile) => room.crash()],
] as const;

/** Everything that a feed sends until it is live. */
async function caughtUp(feed: Listener): Promise<string[]> {
  await feed.next("caughtUp");
  return feed.summary();
}

const page = (person: Person, request: { before?: string; after?: string; pageSize?: number } = {}) =>
  person.chat.listEvents(request, person.options);

describe.each(starts)("across %s", (_, again) => {
  test("messages keep their order and cursors, and later ones follow", async () => {
    const room = await openRoomInFile();
    const ada = await room.login("ada");
    const first = await ada.say("one");
    await ada.say("two");
    await again(room);
    const feed = room.back(ada).listen({ backlog: 10 });
    expect(await caughtUp(feed)).toEqual(["hello", "+ada", "ada: one", "ada: two", "caughtUp"]);
    await room.back(ada).say("three");
    await feed.next("groupMessage");
    expect(feed.summary().at(-1)).toBe("ada: three");
    expect(feed.items[2]!.time).toEqual(first.time);
  });

  test("resuming from every cursor returns what came after it, once", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    const watching = bob.listen();
    await watching.next("caughtUp");
    for (let i = 1; i <= 5; i++) await ada.say(`${i}`);
    await ada.sendTo("bob", "psst");
    await watching.next("privateMessage");
    const seen = watching.items.slice(1);
    const received = [...watching.summary().slice(2), "ada: after"];
    await again(room);
    await room.back(ada).say("after");
    for (const [i, { cursor }] of seen.entries()) {
      const feed = room.back(bob).listen({ after: cursor });
      expect(await caughtUp(feed)).toEqual(["hello", ...received.slice(i), "caughtUp"]);
      expect(feed.items[0]!.kind.value).toMatchObject({ resumed: true });
      await feed.close();
    }
  });

  test("a reader that reconnects after each of three starts has everything once and in order", async () => {
    const room = await openRoomInFile();
    const ada = await room.login("ada");
    let after = "";
    const received: string[] = [];
    for (let life = 1; life <= 3; life++) {
      const feed = room.back(ada).listen({ after });
      await feed.next("caughtUp");
      await room.back(ada).say(`received in life ${life}`);
      await feed.next("groupMessage");
      after = feed.cursor;
      await feed.close();
      await room.back(ada).say(`missed in life ${life}`);
      received.push(...feed.items.filter(({ kind }) => kind.case === "groupMessage").map(summarize));
      await again(room);
    }
    const last = room.back(ada).listen({ after });
    received.push(...(await caughtUp(last)).filter((line) => line.startsWith("ada")));
    expect(received).toEqual(
      [1, 2, 3].flatMap((n) => [`ada: received in life ${n}`, `ada: missed in life ${n}`]),
    );
  });

  test("ListEvents pages across the restart in both directions", async () => {
    const room = await openRoomInFile();
    const ada = await room.login("ada");
    const { cursor } = await ada.say("one");
    const before = await page(ada);
    await again(room);
    const back = room.back(ada);
    await back.say("two");
    expect((await page(back)).events.map(summarize)).toEqual(["+ada", "ada: one", "ada: two"]);
    for (const after of [cursor, before.nextCursor])
      expect(await page(back, { after })).toMatchObject({
        gap: 0,
        events: [{ kind: { value: { text: "two" } } }],
      });
    expect((await page(back, { before: cursor })).events.map(summarize)).toEqual(["+ada"]);
    const { events, previousCursor } = await page(back, { pageSize: 1 });
    expect(events.map(summarize)).toEqual(["ada: two"]);
    expect((await page(back, { before: previousCursor })).events.map(summarize)).toEqual([
      "+ada",
      "ada: one",
    ]);
  });

  test("private messages of an earlier holder of the nickname are not visible", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    await bob.sendTo("ada", "for your eyes only");
    await ada.chat.logout({}, ada.options);
    await again(room);
    const impostor = await room.join("ada");
    const feed = impostor.listen({ backlog: 100 });
    expect((await caughtUp(feed)).join()).not.toContain("eyes");
    expect((await page(impostor)).events.map(summarize).join()).not.toContain("eyes");
    expect((await page(room.back(bob))).events.map(summarize).join()).toContain(
      "bob -> ada: for your eyes only",
    );
  });
});

test("events trimmed while the reader was away are reported as a gap, and kept ones follow", async () => {
  const room = await openRoomInFile({ keepEvents: 3 });
  const ada = await room.login("ada");
  const { cursor } = await ada.say("gone");
  for (let i = 1; i <= 3; i++) await ada.say(`${i}`);
  await room.restart();
  await room.back(ada).say("4");
  const feed = room.back(ada).listen({ after: cursor });
  expect(await caughtUp(feed)).toEqual(["hello", "gap", "ada: 2", "ada: 3", "ada: 4", "caughtUp"]);
  expect(feed.items[0]!.kind.value).toMatchObject({ resumed: false });
  expect(feed.items[1]!.kind.value).toMatchObject({ reason: 1 });
});
