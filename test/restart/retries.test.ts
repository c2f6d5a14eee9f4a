import { describe, expect, test } from "vitest";
import { refused } from "../support/people.js";
import { openRoomInFile, type RoomInFile } from "./room-in-file.js";

const starts = [
  ["a restart", (room: RoomInFile) => room.restart()],
  ["kill -9", (room: RoomInFile) => room.crash()],
] as const;

const keyMs = 300_000;

describe.each(starts)("the same request_id across %s", (_, again) => {
  test("a Broadcast is appended once, and the retry returns the first id, cursor and time", async () => {
    const room = await openRoomInFile();
    const ada = await room.login("ada");
    const first = await ada.say("once", "r1");
    await again(room);
    const second = await room.back(ada).say("once", "r1");
    const { id, cursor, time } = first;
    expect(second).toMatchObject({ id, cursor, time, duplicate: true });
    const feed = room.back(ada).listen({ backlog: 10 });
    await feed.next("caughtUp");
    expect(feed.summary()).toEqual(["hello", "+ada", "ada: once", "caughtUp"]);
  });

  test("is scoped to its member", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    await ada.say("mine", "r1");
    await again(room);
    expect(await room.back(bob).say("mine, too", "r1")).toMatchObject({ duplicate: false });
  });

  test("expires after five minutes", async () => {
    const room = await openRoomInFile({ flags: ["--idle", "10m"] });
    const ada = await room.login("ada");
    const first = await ada.say("once", "r1");
    await again(room);
    room.clock.advance(keyMs + 1);
    const second = await room.back(ada).say("once", "r1");
    expect(second.duplicate).toBe(false);
    expect(second.cursor).not.toBe(first.cursor);
  });

  test("a SendTo is appended once, even if the recipient has left meanwhile", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const first = await ada.sendTo("bob", "once", "w1");
    await again(room);
    expect(await room.back(ada).sendTo("bob", "once", "w1")).toMatchObject({
      cursor: first.cursor,
      duplicate: true,
    });
    await again(room);
    await room.back(bob).chat.logout({}, bob.options);
    expect(await room.back(ada).sendTo("bob", "once", "w1")).toMatchObject({
      cursor: first.cursor,
      duplicate: true,
    });
    expect(await refused(room.back(ada).sendTo("bob", "twice", "w2"))).toMatchObject({
      reason: "USER_NOT_FOUND",
    });
  });

  test("a Broadcast is answered again even if its sender ignores group messages by now", async () => {
    const room = await openRoomInFile();
    const ada = await room.login("ada");
    const first = await ada.say("once", "r1");
    await ada.chat.toggleIgnore({ ignoring: true }, ada.options);
    await again(room);
    expect(await room.back(ada).say("once", "r1")).toMatchObject({ cursor: first.cursor, duplicate: true });
    expect(await refused(room.back(ada).say("twice", "r2"))).toMatchObject({ reason: "IGNORING" });
  });

  test("a ToggleIgnore does not toggle again, and returns its first response", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    const on = await ada.chat.toggleIgnore({ requestId: "t1" }, ada.options);
    await bob.say("one");
    await bob.say("two");
    const off = await ada.chat.toggleIgnore({ requestId: "t2" }, ada.options);
    expect([on, off]).toMatchObject([{ ignoring: true }, { ignoring: false, skipped: 2 }]);
    await again(room);
    const back = room.back(ada);
    const retries = ["t1", "t2"].map((requestId) => back.chat.toggleIgnore({ requestId }, back.options));
    expect(await Promise.all(retries)).toEqual([on, off]);
    const feed = back.listen();
    expect((await feed.next("hello")).kind.value).toMatchObject({ ignoring: false });
  });

  test("a requested state returns its first response", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    await ada.chat.toggleIgnore({ ignoring: true }, ada.options);
    await bob.say("passed over");
    const off = await ada.chat.toggleIgnore({ ignoring: false, requestId: "t2" }, ada.options);
    await again(room);
    const back = room.back(ada);
    expect(await back.chat.toggleIgnore({ ignoring: false, requestId: "t2" }, back.options)).toEqual(off);
    expect(off.skipped).toBe(1);
  });

  test("a toggle returns its first response even when its event was trimmed", async () => {
    const room = await openRoomInFile({ keepEvents: 2 });
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    await ada.chat.toggleIgnore({ requestId: "t1" }, ada.options);
    for (let i = 0; i < 4; i++) await bob.say(`${i}`);
    await again(room);
    const back = room.back(ada);
    expect(await back.chat.toggleIgnore({ requestId: "t1" }, back.options)).toMatchObject({
      ignoring: true,
      skipped: 0,
    });
  });

  test("is refused for another request, whatever has happened since", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const first = await ada.say("once", "r1");
    const private1 = await ada.sendTo("bob", "once", "r2");
    await ada.chat.toggleIgnore({ ignoring: true, requestId: "r3" }, ada.options);
    await again(room);
    await room.back(bob).chat.logout({}, bob.options);
    const back = room.back(ada);
    const toggle = (ignoring: boolean, requestId: string) =>
      back.chat.toggleIgnore({ ignoring, requestId }, back.options);
    const calls = [
      () => back.say("twice", "r1"),
      () => back.sendTo("bob", "once", "r1"),
      () => toggle(true, "r1"),
      () => toggle(false, "r1"),
      () => back.sendTo("bob", "twice", "r2"),
      () => back.sendTo("ada", "once", "r2"),
      () => back.say("once", "r2"),
      () => toggle(false, "r3"),
      () => back.say("once", "r3"),
    ];
    for (const call of calls) {
      const answer = await refused(call());
      expect(answer).toMatchObject({ code: "InvalidArgument", reason: "REQUEST_INVALID" });
      expect(answer.detail?.field).toBe("request_id");
    }
    expect(await back.say("once", "r1")).toMatchObject({ id: first.id, duplicate: true });
    expect(await back.sendTo("bob", "once", "r2")).toMatchObject({ id: private1.id, duplicate: true });
  });

  test("a Login returns the same member with a fresh token, announced once", async () => {
    const room = await openRoomInFile();
    const secret = "0123456789abcdef0123";
    const first = await room.login("ada", secret);
    await again(room);
    const second = await room.login("ada", secret);
    expect(second.id).toBe(first.id);
    expect(second.token).not.toBe(first.token);
    for (const { token } of [first, second]) await room.back({ ...first, token }).say("it is me");
    expect(await refused(room.login("ada", "another secret of 16+"))).toMatchObject({
      reason: "NICKNAME_TAKEN",
    });
    const feed = second.listen({ backlog: 10 });
    await feed.next("caughtUp");
    expect(feed.summary().filter((line) => line.startsWith("+"))).toEqual(["+ada"]);
  });
});
