import { describe, expect, it } from "vitest";
import { createSmallRoom, park, settle } from "./small-room.js";

const BATCH_BYTES = 64 * 1024;

describe("resuming", () => {
  it("sends what connected readers received, from the store, the ring and live", async () => {
    const room = await createSmallRoom({ ringEvents: 16 });
    const along = await park(room, "ann");
    const after = along.subscription.position;
    const events = (line: string) => line.startsWith("#");
    async function happens(count: number): Promise<void> {
      for (let i = 0; i < count; i++) {
        if (i % 7 === 3) await room.toggle("ann");
        else if (i % 5 === 0) await room.sendTo("bob", i % 2 ? "ann" : "cat", `psst ${i}`);
        else await room.say("bob", `${i}`);
        if (i % 4 === 0) await settle(1);
      }
    }
    await happens(60);
    const back = await park(room, "ann", { after });
    await happens(30);
    await settle(60);
    expect(back.lines().filter(events)).toEqual(along.lines().filter(events));
    expect(back.summary().length).toBeGreaterThan(40);
  });

  it("resumes from the ring without reading the store", async () => {
    const room = await createSmallRoom();
    await room.say("ann", "one");
    const after = await room.say("ann", "two");
    await room.say("ann", "three");
    await settle();
    const reads = room.store.reads();
    const bob = await park(room, "bob", { after });
    await settle();
    expect(bob.summary()).toEqual(["three", "caught_up 1"]);
    expect(bob.subscription.resumed).toBe(true);
    expect(room.store.reads()).toBe(reads);
  });

  it("resumes from the store, then the ring, then live, in batches of at most 64 KiB", async () => {
    const room = await createSmallRoom({ ringEvents: 16 });
    const after = await room.say("ann", "start");
    const texts = Array.from({ length: 300 }, (_, i) => `${i} ${"x".repeat(1_000)}`);
    for (const text of texts) await room.say("ann", text);
    await settle();
    const bob = await park(room, "bob", { after });
    await room.say("ann", "meanwhile");
    await settle(80);
    await room.say("ann", "live");
    await settle();
    expect(bob.summary()).toEqual([...texts, "caught_up 300", "meanwhile", "live"]);
    expect(Math.max(...bob.writes.map((write) => write.length))).toBeLessThanOrEqual(BATCH_BYTES);
  });

  it("reports a gap where events were trimmed, and sends all that is kept", async () => {
    const room = await createSmallRoom({ ringEvents: 4 });
    const after = await room.say("ann", "old");
    for (let i = 0; i < 20; i++) await room.say("ann", `${i}`);
    await settle();
    room.store.trim(6);
    const bob = await park(room, "bob", { after });
    await settle();
    expect(bob.subscription).toMatchObject({
      resumed: false,
      position: { epoch: after.epoch, seq: after.seq },
    });
    expect(bob.summary()).toEqual(["gap TRIMMED", "14", "15", "16", "17", "18", "19", "caught_up 6"]);
    expect(bob.lines()[0]).toBe("gap TRIMMED @epoch-0000:15");
  });

  it("reports a gap when the log lost what the reader had seen, and sends what was appended since", async () => {
    const room = await createSmallRoom();
    await room.say("ann", "kept");
    const after = await room.say("ann", "lost");
    await settle();
    room.store.fork(1);
    await room.say("ann", "instead");
    await settle();
    const bob = await park(room, "bob", { after });
    await settle();
    expect(bob.summary()).toEqual(["gap AHEAD", "instead", "caught_up 1"]);
  });

  it("reports a gap when the room has another log", async () => {
    const room = await createSmallRoom();
    const bob = await park(room, "bob");
    const after = await room.say("ann", "of the old log");
    await settle();
    room.store.replace();
    await settle();
    await room.say("ann", "of the new log");
    await settle();
    expect(bob.summary()).toEqual(["caught_up 0", "of the old log", "gap STORE_REPLACED", "of the new log"]);
    const eve = await park(room, "eve", { after });
    await settle();
    expect(eve.summary()).toEqual(["gap STORE_REPLACED", "caught_up 0"]);
  });

  it("resumes without a gap across a new epoch that lost nothing", async () => {
    const room = await createSmallRoom();
    const bob = await park(room, "bob");
    const after = await room.say("ann", "one");
    await settle();
    room.store.fork(0);
    await room.say("ann", "two");
    await settle();
    expect(bob.summary()).toEqual(["caught_up 0", "one", "two"]);
    const eve = await park(room, "eve", { after });
    await settle();
    expect(eve.summary()).toEqual(["two", "caught_up 1"]);
  });

  it("asks the store once for all who return from an earlier epoch, and again after another log", async () => {
    const room = await createSmallRoom();
    const first = await room.say("ann", "one");
    const after = await room.say("ann", "two");
    await settle();
    room.store.fork(0);
    await room.say("ann", "three");
    await settle();
    const reads = room.store.reads();
    const back = [];
    for (const place of [after, after, first]) back.push(await park(room, "bob", { after: place }));
    await settle();
    expect(room.store.reads()).toBe(reads + 1);
    expect(back.map(({ summary }) => summary())).toEqual([
      ["three", "caught_up 1"],
      ["three", "caught_up 1"],
      ["two", "three", "caught_up 2"],
    ]);
    room.store.replace();
    await settle();
    const late = await park(room, "bob", { after });
    await settle();
    expect(late.summary()).toEqual(["gap STORE_REPLACED", "caught_up 0"]);
  });

  it("waits when the reader is ahead of what this process has applied", async () => {
    const room = await createSmallRoom();
    await room.say("ann", "one");
    await settle();
    room.feed.reset({ epoch: "epoch-0000", seq: 0 }, 0);
    const opened = await room.feed.open({
      viewer: room.viewer("bob"),
      position: { epoch: "epoch-0000", seq: 0 },
      online: 0,
      backlog: 0,
      after: { epoch: "epoch-0000", seq: 1 },
    });
    const bob = await park(room, "bob", {}, undefined, opened);
    await settle();
    // How many members there are at its position is not known yet.
    expect(bob.summary()).toEqual([]);
    room.feed.deliver((await room.store.log.read(null, 1)).entries[0]!, "epoch-0000", 7);
    await settle();
    expect(bob.lines()).toEqual(["caught_up 0 @epoch-0000:1 online 7"]);
    await room.say("ann", "two");
    await settle();
    expect(bob.summary()).toEqual(["caught_up 0", "two"]);
  });

  it("sends nothing from the store that the room has not applied, as its visibility is unknown", async () => {
    const room = await createSmallRoom({ ringEvents: 4 });
    const after = await room.say("bob", "start");
    for (let i = 0; i < 10; i++) await room.say("bob", `${i}`);
    await settle();
    room.store.mute();
    await room.toggle("ann");
    await room.say("bob", "not for ann");
    const ann = await park(room, "ann", { after });
    await settle();
    const known = [...Array.from({ length: 10 }, (_, i) => `${i}`), "caught_up 10"];
    expect(ann.summary()).toEqual(known);
    room.clock.advance(1_000);
    await settle();
    expect(ann.summary()).toEqual([...known, "ignore_changed"]);
  });
});
