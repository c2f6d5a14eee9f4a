import { timestampMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { GapReason, GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../gen/parlance/v1/limits_pb.js";
import { writeCursor } from "../../server/room/log/cursor.js";
import { refusalOf } from "../support/people.js";
import { everyTransport, openRoom } from "./room.js";

describe.each(everyTransport)("a feed over %s", (over) => {
  test("starts with hello, with the present and the limits that Login announces", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const { limits } = await room.anonymous().chat.login({ nickname: "bob" });
    const feed = ada.listen();
    const hello = await feed.next("hello");
    expect(hello.kind.value).toMatchObject({ ignoring: false, resumed: false, limits });
    expect(limits).toMatchObject({
      maxBacklog: 500,
      maxFeedsPerMember: 8,
      maxPageSize: 500,
      maxRequestIdBytes: 64,
      maxRequestBytes: 65_536,
      maxHeaderBytes: 16_384,
      maxHeaderFields: 100,
      // This server keeps nothing.
      features: [
        Feature.REGISTRATION,
        Feature.MODERATION,
        Feature.REDACTION,
        Feature.SEARCH,
        Feature.REPLIES,
        Feature.EDITING,
      ],
    });
    expect(timestampMs(hello.kind.value.time!)).toBe(room.clock.now());
    expect(hello.cursor).not.toBe("");
  });

  test("caught_up has the number of members at its position; joined and left change it by one", async () => {
    const room = await openRoom(over);
    const ada = await room.join("ada");
    const first = ada.listen();
    expect((await first.next("caughtUp")).kind.value.online).toBe(1);
    const { cursor } = await ada.say("one");
    const bob = await room.join("bob");
    await room.join("eve");
    await bob.chat.logout({}, bob.options);
    const { online } = (await ada.listen().next("caughtUp")).kind.value;
    expect(online).toBe(2);
    const resumed = ada.listen({ after: cursor });
    expect((await resumed.next("caughtUp")).kind.value.online).toBe(2);
    expect(resumed.summary()).toEqual(["hello", "+bob", "+eve", "-bob", "caughtUp"]);
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
    const [ada, bob, eve] = [await room.join("ada"), await room.join("bob"), await room.join("eve")];
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
    const { cursor } = await first.next("groupMessage");
    await first.close();
    await bob.say("two");
    await bob.say("three");
    const second = ada.listen({ after: cursor, backlog: 1 });
    expect((await second.next("hello")).kind.value.resumed).toBe(true);
    await second.next("caughtUp");
    await bob.say("four");
    await second.next("groupMessage");
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
    await feed.next("groupMessage");
    expect(feed.summary()).toEqual(["hello", "gap", "caughtUp", "ada: two"]);
  });

  test.each(["x", "....", "MS5h", "🙂", "a".repeat(65)])("%j is not a cursor", async (after) => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const error = await ada.listen({ after }).ended;
    expect(refusalOf(error!)).toMatchObject({ code: "InvalidArgument", reason: "CURSOR_INVALID" });
  });

  test("a backlog over the limit is reduced to it", async () => {
    const room = await openRoom(over, "--rate", "0", "--address-messages", "0");
    const ada = await room.login("ada");
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 51 }, () => ada.say("one of many")));
    const feed = ada.listen({ backlog: 4_294_967_295 });
    expect((await feed.next("caughtUp")).kind.value.replayed).toBe(500);
  });

  test("several feeds of one member receive the same events, and a ninth ends the oldest", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const feeds = Array.from({ length: 8 }, () => ada.listen());
    for (const feed of feeds) await feed.next("caughtUp");
    await ada.say("hello");
    for (const feed of feeds) await feed.next("groupMessage");
    const ninth = ada.listen();
    await ninth.next("caughtUp");
    const goodbye = await feeds[0]!.next("goodbye");
    expect(goodbye.kind.value).toMatchObject({ reason: GoodbyeReason.REPLACED, reconnect: false });
    const refusal = refusalOf((await feeds[0]!.ended)!);
    expect(refusal).toMatchObject({ code: "ResourceExhausted", reason: "ROOM_FULL" });
    await ada.say("to the others");
    for (const feed of [...feeds.slice(1), ninth]) await feed.next("groupMessage");
  });

  test("on shutdown, every feed receives a goodbye that asks to reconnect, and ends as unavailable", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const feed = ada.listen();
    const { cursor } = await feed.next("caughtUp");
    void room.app.close();
    const goodbye = { reason: GoodbyeReason.SHUTTING_DOWN, reconnect: true, cursor };
    expect((await feed.next("goodbye")).kind.value).toMatchObject(goodbye);
    expect(refusalOf((await feed.ended)!)).toMatchObject({ code: "Unavailable", reason: "SHUTTING_DOWN" });
  });
});
