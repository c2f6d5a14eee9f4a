import { describe, expect, test } from "vitest";
import { GapReason } from "../../gen/parlance/v1/event_pb.js";
import { writeCursor } from "../../server/room/log/cursor.js";
import { refusalOf } from "../support/people.js";
import { everyTransport, openRoom } from "./room.js";

describe.each(everyTransport)("a feed over %s", (over) => {
  test("starts with hello, with the number online and the heartbeat interval", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    await room.login("bob");
    const feed = ada.listen();
    const hello = await feed.next("hello");
    expect(hello.kind.value).toMatchObject({ online: 2, ignoring: false, resumed: false });
    expect(hello.kind.value.heartbeatInterval?.seconds).toBe(15n);
    expect(hello.cursor).not.toBe("");
  });

  test("a fresh start replays nothing without a backlog", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    for (const text of ["one", "two", "three"]) await ada.say(text);
    const plain = ada.listen();
    expect((await plain.next("caughtUp")).kind.value.replayed).toBe(0);
    const some = ada.listen({ backlog: 2 });
    expect((await some.next("caughtUp")).kind.value.replayed).toBe(2);
    expect(some.summary()).toEqual(["hello", "ada: two", "ada: three", "caughtUp"]);
  });

  test("the backlog counts visible events", async () => {
    const room = await openRoom(over);
    const [ada, bob, eve] = [await room.login("ada"), await room.login("bob"), await room.login("eve")];
    await ada.say("one");
    await ada.say("two");
    for (let i = 0; i < 5; i++) await ada.sendTo("bob", `secret ${i}`);
    const feed = eve.listen({ backlog: 2 });
    await feed.next("caughtUp");
    expect(feed.summary()).toEqual(["hello", "ada: one", "ada: two", "caughtUp"]);
    expect(bob.nickname).toBe("bob");
  });

  test("resumes after a cursor without loss or duplicates, then is live", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    const first = ada.listen();
    await first.next("caughtUp");
    await bob.say("one");
    const { cursor } = await first.next("message");
    await first.close();
    await bob.say("two");
    await bob.say("three");
    const second = ada.listen({ after: cursor, backlog: 1 });
    expect((await second.next("hello")).kind.value.resumed).toBe(true);
    await second.next("caughtUp");
    await bob.say("four");
    await second.next("message");
    expect(second.summary()).toEqual(["hello", "bob: two", "bob: three", "caughtUp", "bob: four"]);
  });

  test("heartbeats follow silence, and their cursors advance past private messages of others", async () => {
    const room = await openRoom(over);
    const people = [await room.login("ada"), await room.login("bob"), await room.login("eve")] as const;
    const [ada, bob, eve] = people;
    const [feed, other] = [eve.listen(), bob.listen()];
    for (const one of [feed, other]) await one.next("caughtUp");
    const { cursor } = await ada.sendTo("bob", "psst");
    // Once one feed has received it, all have advanced past it.
    await other.next("privateMessage");
    room.clock.advance(20_000);
    expect((await feed.next("heartbeat")).cursor).toBe(cursor);
  });

  test("events that are no longer kept are reported as a gap, and kept ones follow", async () => {
    // The ring must be smaller than retention, or trimmed events would still be in memory.
    const room = await openRoom(over, "--keep-events", "20", "--ring-events", "16");
    const ada = await room.login("ada");
    const feed = ada.listen();
    const { cursor } = await feed.next("hello");
    await feed.close();
    for (let i = 1; i <= 30; i++) await ada.say(`${i}`);
    const late = ada.listen({ after: cursor });
    expect((await late.next("gap")).kind.value.reason).toBe(GapReason.TRIMMED);
    await late.next("caughtUp");
    const kept = Array.from({ length: 20 }, (_, i) => `ada: ${i + 11}`);
    expect(late.summary()).toEqual(["hello", "gap", ...kept, "caughtUp"]);
  });

  test("a cursor of another log is answered with a gap and live events", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    await ada.say("one");
    const feed = ada.listen({ after: writeCursor({ epoch: "AAAAAAAAAAAAAAAA", seq: 1 }) });
    expect((await feed.next("gap")).kind.value.reason).toBe(GapReason.STORE_REPLACED);
    await feed.next("caughtUp");
    await ada.say("two");
    await feed.next("message");
    expect(feed.summary()).toEqual(["hello", "gap", "caughtUp", "ada: two"]);
  });

  test.each(["x", "....", "MS5h", "🙂", "a".repeat(65)])("%j is not a cursor", async (after) => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const error = await ada.listen({ after }).ended;
    expect(refusalOf(error!)).toMatchObject({ code: "InvalidArgument", reason: "CURSOR_INVALID" });
  });

  test("a backlog over the limit is refused with the limit", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const refusal = refusalOf((await ada.listen({ backlog: 501 }).ended)!);
    expect(refusal).toMatchObject({ code: "InvalidArgument", reason: "REQUEST_INVALID" });
    expect(refusal.detail).toMatchObject({ field: "backlog", limit: 500n });
  });

  test("several feeds of one member receive the same events, and the ninth is refused", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const feeds = Array.from({ length: 8 }, () => ada.listen());
    for (const feed of feeds) await feed.next("caughtUp");
    const refusal = refusalOf((await ada.listen().ended)!);
    expect(refusal).toMatchObject({ code: "ResourceExhausted", reason: "ROOM_FULL" });
    await ada.say("hello");
    for (const feed of feeds) await feed.next("message");
  });

  test("on shutdown, every feed receives a goodbye that asks to reconnect, and ends as unavailable", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const feed = ada.listen();
    await feed.next("caughtUp");
    void room.app.close();
    expect((await feed.next("goodbye")).kind.value).toMatchObject({ reason: 1, reconnect: true });
    expect(refusalOf((await feed.ended)!)).toMatchObject({ code: "Unavailable", reason: "SHUTTING_DOWN" });
  });
});
