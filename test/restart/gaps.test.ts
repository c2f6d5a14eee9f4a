import { describe, expect, test } from "vitest";
import { GapReason } from "../../gen/parlance/v1/event_pb.js";
import { refused, summarize } from "../support/people.js";
import { openRoomInFile } from "./room-in-file.js";

describe("restoring an older copy of the file", () => {
  test("a reader that is ahead receives AHEAD and what was appended since; another one resumes", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const { cursor: known } = await ada.say("kept");
    const restore = room.backup();
    const { cursor: lost } = await ada.say("lost");
    await restore();
    await room.back(ada).say("after the fork");
    const ahead = room.back(bob).listen({ after: lost });
    expect((await ahead.next("gap")).kind.value.reason).toBe(GapReason.AHEAD);
    await ahead.next("caughtUp");
    expect(ahead.summary()).toEqual(["hello", "gap", "ada: after the fork", "caughtUp"]);
    expect(ahead.items[0]!.kind.value).toMatchObject({ resumed: false });
    const level = room.back(bob).listen({ after: known });
    await level.next("caughtUp");
    expect(level.summary()).toEqual(["hello", "ada: after the fork", "caughtUp"]);
  });

  test("AHEAD is reported even when the new log is longer than the lost one by then", async () => {
    const room = await openRoomInFile();
    const ada = await room.join("ada");
    const restore = room.backup();
    const { cursor: lost } = await ada.say("lost");
    await restore();
    for (let i = 1; i <= 3; i++) await room.back(ada).say(`${i}`);
    const feed = room.back(ada).listen({ after: lost });
    await feed.next("caughtUp");
    expect(feed.summary()).toEqual(["hello", "gap", "ada: 1", "ada: 2", "ada: 3", "caughtUp"]);
    expect(feed.items[1]!.kind.value).toMatchObject({ reason: GapReason.AHEAD });
  });

  test("the gap is reported once: its cursor resumes without another", async () => {
    const room = await openRoomInFile();
    const ada = await room.join("ada");
    const restore = room.backup();
    const { cursor: lost } = await ada.say("lost");
    await restore();
    const first = room.back(ada).listen({ after: lost });
    const { cursor } = await first.next("gap");
    await first.close();
    await room.back(ada).say("later");
    const second = room.back(ada).listen({ after: cursor });
    await second.next("caughtUp");
    expect(second.summary()).toEqual(["hello", "ada: later", "caughtUp"]);
  });

  test("ListEvents from a lost cursor reports the gap", async () => {
    const room = await openRoomInFile();
    const ada = await room.join("ada");
    const restore = room.backup();
    const { cursor: lost } = await ada.say("lost");
    await restore();
    const back = room.back(ada);
    await back.say("after the fork");
    const page = await back.chat.listEvents({ after: lost }, back.options);
    expect([page.gap, page.events.map(summarize)]).toEqual([GapReason.AHEAD, ["ada: after the fork"]]);
  });

  test("a member that logged in after the copy logs in again; its nickname is free", async () => {
    const room = await openRoomInFile();
    const bob = await room.login("bob");
    const restore = room.backup();
    const ada = await room.login("ada");
    await restore();
    expect(await refused(room.back(ada).say("hello?"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    await (await room.login("ada")).say("hello");
    await room.back(bob).say("hello");
  });
});

test("a lost file: everyone logs in again, and receives STORE_REPLACED", async () => {
  const room = await openRoomInFile();
  const ada = await room.login("ada");
  const { cursor } = await ada.say("gone");
  await room.lose();
  expect(await refused(room.back(ada).say("hello?"))).toMatchObject({
    code: "Unauthenticated",
    reason: "NOT_LOGGED_IN",
  });
  const again = await room.login("ada");
  const feed = again.listen({ after: cursor });
  expect((await feed.next("gap")).kind.value.reason).toBe(GapReason.STORE_REPLACED);
  await feed.next("caughtUp");
  await again.say("a new beginning");
  await feed.next("groupMessage");
  expect(feed.summary()).toEqual(["hello", "gap", "caughtUp", "ada: a new beginning"]);
  const page = await again.chat.listEvents({ after: cursor }, again.options);
  expect(page.gap).toBe(GapReason.STORE_REPLACED);
});
