import { describe, expect, test } from "vitest";
import { GapReason } from "../../gen/parlance/v1/event_pb.js";
import { writeCursor } from "../../server/room/log/cursor.js";
import { type Person, refused, summarize } from "../support/people.js";
import { everyTransport, openRoom } from "./room.js";

const page = (person: Person, request: { before?: string; after?: string; pageSize?: number } = {}) =>
  person.chat.listEvents(request, person.options);

describe.each(everyTransport)("ListEvents over %s", (over) => {
  test("returns the latest events, then older pages until nothing older is kept", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    for (let i = 1; i <= 7; i++) await ada.say(`${i}`);
    const listed: string[] = [];
    let before = "";
    let atStart = false;
    while (!atStart) {
      const { events, previousCursor, ...rest } = await page(ada, { before, pageSize: 3 });
      listed.unshift(...events.map(summarize));
      before = previousCursor;
      atStart = rest.atStart;
    }
    expect(listed).toEqual(["+ada", ...[1, 2, 3, 4, 5, 6, 7].map((i) => `ada: ${i}`)]);
  });

  test("ends a page of long texts early, in both directions, and continues without gap or duplicates", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const { cursor } = await ada.say("first");
    const texts = Array.from({ length: 150 }, (_, i) => `${i} ${"x".repeat(4_000)}`);
    for (const text of texts) await ada.say(text);
    const expected = texts.map((text) => `ada: ${text}`);

    const newest = await page(ada, { pageSize: 500 });
    expect(newest.events.map(summarize)).toEqual(expected.slice(-newest.events.length));
    expect(newest.events.length).toBeLessThan(100);
    const older = await page(ada, { before: newest.previousCursor, pageSize: 500 });
    expect([...older.events, ...newest.events].map(summarize)).toEqual(
      expected.slice(-older.events.length - newest.events.length),
    );

    const forward: string[] = [];
    for (let after = cursor; forward.length < expected.length; ) {
      const next = await page(ada, { after, pageSize: 500 });
      expect(next.events.length).toBeGreaterThan(0);
      forward.push(...next.events.map(summarize));
      after = next.nextCursor;
    }
    expect(forward).toEqual(expected);
  });

  test("reads before and after the cursor of an event", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    await ada.say("one");
    const { cursor } = await ada.say("two");
    await ada.say("three");
    expect((await page(ada, { before: cursor, pageSize: 1 })).events.map(summarize)).toEqual(["ada: one"]);
    const on = await page(ada, { after: cursor });
    expect(on.events.map(summarize)).toEqual(["ada: three"]);
    expect((await page(ada, { after: on.nextCursor })).events).toEqual([]);
  });

  test("a page and a feed that resumes from it have no gap and no duplicates", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    await ada.say("one");
    const { events, nextCursor } = await page(ada);
    await ada.say("two");
    const feed = ada.listen({ after: nextCursor });
    await feed.next("caughtUp");
    expect([...events.map(summarize), ...feed.summary()]).toEqual([
      "+ada",
      "ada: one",
      "hello",
      "ada: two",
      "caughtUp",
    ]);
  });

  test("excludes private messages of others, and ignored messages", async () => {
    const room = await openRoom(over);
    const [ada, bob, eve] = [await room.join("ada"), await room.join("bob"), await room.join("eve")];
    await ada.sendTo("bob", "secret");
    await eve.chat.toggleIgnore({}, eve.options);
    await ada.say("passed over");
    await eve.chat.toggleIgnore({}, eve.options);
    await ada.say("visible");
    const listed = (await page(eve)).events.map(summarize);
    expect(listed.slice(3)).toEqual(["ignoring: true", "ignoring: false", "ada: visible"]);
    expect((await page(bob)).events.map(summarize)).toContain("ada -> bob: secret");
  });

  test("reports a cursor that is no longer kept, and returns what is kept", async () => {
    const room = await openRoom(over, "--keep-events", "4");
    const ada = await room.login("ada");
    const { cursor } = await ada.say("gone");
    for (let i = 1; i <= 6; i++) await ada.say(`${i}`);
    const on = await page(ada, { after: cursor });
    expect(on.gap).toBe(GapReason.TRIMMED);
    expect(on.events.map(summarize)).toEqual(["ada: 3", "ada: 4", "ada: 5", "ada: 6"]);
    const back = await page(ada, { before: cursor });
    expect([back.events.length, back.atStart]).toEqual([0, true]);
    const other = await page(ada, { after: writeCursor({ epoch: "AAAAAAAAAAAAAAAA", seq: 3 }) });
    expect(other.gap).toBe(GapReason.STORE_REPLACED);
  });

  test.each([
    [{ before: "x" }, "CURSOR_INVALID", "before"],
    [{ after: "x" }, "CURSOR_INVALID", "after"],
    [{ before: "MQ", after: "MQ" }, "REQUEST_INVALID", "after"],
  ])("%j is refused with its field", async (request, reason, field) => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const answer = await refused(page(ada, request));
    expect(answer).toMatchObject({ code: "InvalidArgument", reason });
    expect(answer.detail?.field).toBe(field);
  });

  test("an empty log has an empty page", async () => {
    const room = await openRoom(over, "--keep-events", "1");
    const ada = await room.login("ada");
    const { events, atStart } = await page(ada, { pageSize: 500 });
    expect([events.length, atStart]).toEqual([0, true]);
  });
});
