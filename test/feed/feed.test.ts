import { describe, expect, it } from "vitest";
import { FeedEnded } from "../../server/feed/notes.js";
import { createSmallRoom, createTextVariant, park, pull, settle } from "./small-room.js";

const BATCH_BYTES = 64 * 1024;

describe("a live reader", () => {
  it("loses nothing between the beginning of its feed and the moment it is parked", async () => {
    const room = await createSmallRoom();
    await room.say("ada", "before");
    const subscription = await room.open("bob");
    await room.say("ada", "between");
    await settle();
    await room.say("ada", "just now");
    const reader = await park(room, "bob", {}, undefined, subscription);
    await room.say("ada", "after");
    await settle();
    expect(reader.story()).toEqual(["caught_up 0", "between", "just now", "after"]);
  });

  it("gets one write for all that happened in a turn", async () => {
    const room = await createSmallRoom();
    const reader = await park(room, "bob");
    await settle();
    reader.writes.length = 0;
    for (const text of ["one", "two", "three"]) await room.say("ada", text);
    await settle();
    expect(reader.story()).toEqual(["one", "two", "three"]);
    expect(reader.writes).toHaveLength(1);
  });

  it("shares the bytes with all readers of its variant, made once", async () => {
    const room = await createSmallRoom();
    const one = createTextVariant("one");
    const two = createTextVariant("two");
    for (const id of ["ann", "ben", "cat", "dan"])
      await park(room, id, {}, id < "c" ? one.variant : two.variant);
    for (let i = 0; i < 5; i++) await room.say("ada", `message ${i}`);
    await settle();
    expect([one.made(), two.made()]).toEqual([5, 5]);
    const late = await park(room, "eve", { backlog: 5 }, one.variant);
    await settle();
    expect(late.story()).toHaveLength(6);
    expect(one.made()).toBe(5);
  });

  it("is written at most 64 KiB at once, cut between events", async () => {
    const room = await createSmallRoom();
    const reader = await park(room, "bob");
    await settle();
    reader.writes.length = 0;
    const texts = Array.from({ length: 60 }, (_, i) => `${i} ${"x".repeat(4_000)}`);
    for (const text of texts) await room.say("ada", text);
    await settle();
    expect(reader.story()).toEqual(texts);
    expect(Math.max(...reader.writes.map((write) => write.length))).toBeLessThanOrEqual(BATCH_BYTES);
    expect(reader.writes.length).toBeLessThan(8);
  });

  it("hears a sign of life after one interval of silence, which carries the head", async () => {
    const room = await createSmallRoom({ heartbeatMs: 1_600 });
    const reader = await park(room, "bob");
    await room.whisper("ada", "eve", "not for bob");
    await settle();
    room.clock.advance(1_400);
    expect(reader.story()).toEqual(["caught_up 0"]);
    room.clock.advance(200);
    expect(reader.lines().at(-1)).toBe("heartbeat @epoch-0000:1");
    await room.say("ada", "something");
    await settle();
    room.clock.advance(1_400);
    expect(reader.story()).toEqual(["caught_up 0", "heartbeat", "something"]);
  });
});

describe("who hears what", () => {
  it("sends notices to all, group messages to those who do not ignore them, private ones to their ends", async () => {
    const room = await createSmallRoom();
    const [ann, ben, cat] = await Promise.all(["ann", "ben", "cat"].map((id) => park(room, id)));
    await room.toggle("cat");
    await settle();
    await room.join("dan");
    await room.say("dan", "hello all");
    await room.whisper("ann", "cat", "psst");
    await room.leave("dan");
    await settle();
    expect(ann!.story().slice(1)).toEqual(["joined", "hello all", "psst", "left"]);
    expect(ben!.story().slice(1)).toEqual(["joined", "hello all", "left"]);
    expect(cat!.story().slice(1)).toEqual(["ignore_changed", "joined", "psst", "left"]);
  });

  it("heeds a switch that moves in the middle of a batch, at its place", async () => {
    const room = await createSmallRoom();
    const ann = await park(room, "ann");
    await settle();
    await room.say("ben", "heard");
    await room.toggle("ann");
    await room.say("ben", "missed");
    await room.toggle("ann");
    await room.say("ben", "heard again");
    await settle();
    await room.say("ben", "and now");
    await settle();
    const heard = ["heard", "ignore_changed", "ignore_changed", "heard again", "and now"];
    expect(ann.story()).toEqual(["caught_up 0", ...heard]);
    const replay = await park(room, "ann", { backlog: 100 });
    await settle();
    expect(replay.story()).toEqual([...heard, "caught_up 5"]);
  });

  it("hears a message to oneself once", async () => {
    const room = await createSmallRoom();
    const ann = await park(room, "ann");
    await room.whisper("ann", "ann", "note to self");
    await settle();
    expect(ann.story()).toEqual(["caught_up 0", "note to self"]);
  });

  it("does not look at the others for a private message", async () => {
    const room = await createSmallRoom();
    let looked = 0;
    const others = await Promise.all(Array.from({ length: 20 }, (_, i) => park(room, `other${i}`)));
    await settle();
    for (const { peer } of others) {
      const { write } = peer.sink;
      peer.sink.write = (bytes) => {
        looked++;
        return write(bytes);
      };
    }
    const ann = await park(room, "ann");
    for (let i = 0; i < 10; i++) await room.whisper("bob", "ann", `psst ${i}`);
    await settle();
    expect(ann.story()).toHaveLength(11);
    expect(looked).toBe(0);
  });
});

describe("a fresh start", () => {
  it("shows the latest events that the reader may see, as many as were asked for", async () => {
    const room = await createSmallRoom({ ringEvents: 8 });
    for (let i = 0; i < 700; i++) {
      if (i % 100 === 0) await room.whisper("ann", "bob", `psst ${i}`);
      else await room.whisper("x", "y", "nothing for ann");
    }
    await settle();
    const ann = await park(room, "ann", { backlog: 3 });
    await settle();
    expect(ann.story()).toEqual(["psst 400", "psst 500", "psst 600", "caught_up 3"]);
    const cat = await park(room, "cat", { backlog: 3 });
    await settle();
    expect(cat.story()).toEqual(["caught_up 0"]);
  });

  it("shows all that is kept when more was asked for", async () => {
    const room = await createSmallRoom({ ringEvents: 8 });
    for (let i = 0; i < 400; i++) await room.say("ann", `${i}`);
    await settle();
    room.store.trim(300);
    const bob = await park(room, "bob", { backlog: 500 });
    await settle(60);
    expect(bob.story()).toEqual([...Array.from({ length: 300 }, (_, i) => `${i + 100}`), "caught_up 300"]);
  });
});

describe("coming back", () => {
  it("goes on from the ring without asking the store", async () => {
    const room = await createSmallRoom();
    await room.say("ann", "one");
    const after = await room.say("ann", "two");
    await room.say("ann", "three");
    await settle();
    const reads = room.store.reads();
    const bob = await park(room, "bob", { after });
    await settle();
    expect(bob.story()).toEqual(["three", "caught_up 1"]);
    expect(bob.subscription.resumed).toBe(true);
    expect(room.store.reads()).toBe(reads);
  });

  it("goes on from the store, then from the ring, then live, in batches of at most 64 KiB", async () => {
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
    expect(bob.story()).toEqual([...texts, "caught_up 300", "meanwhile", "live"]);
    expect(Math.max(...bob.writes.map((write) => write.length))).toBeLessThanOrEqual(BATCH_BYTES);
  });

  it("is told of a gap where events were trimmed, and gets all that is kept", async () => {
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
    expect(bob.story()).toEqual(["gap TRIMMED", "14", "15", "16", "17", "18", "19", "caught_up 6"]);
    expect(bob.lines()[0]).toBe("gap TRIMMED @epoch-0000:15");
  });

  it("is told when the log lost what the reader had seen, and gets what was placed since", async () => {
    const room = await createSmallRoom();
    await room.say("ann", "kept");
    const after = await room.say("ann", "lost");
    await settle();
    room.store.fork(1);
    await room.say("ann", "instead");
    await settle();
    const bob = await park(room, "bob", { after });
    await settle();
    expect(bob.story()).toEqual(["gap AHEAD", "instead", "caught_up 1"]);
  });

  it("is told when the room has another log", async () => {
    const room = await createSmallRoom();
    const bob = await park(room, "bob");
    const after = await room.say("ann", "of the old log");
    await settle();
    room.store.replace();
    await settle();
    await room.say("ann", "of the new log");
    await settle();
    expect(bob.story()).toEqual(["caught_up 0", "of the old log", "gap STORE_REPLACED", "of the new log"]);
    const eve = await park(room, "eve", { after });
    await settle();
    expect(eve.story()).toEqual(["gap STORE_REPLACED", "caught_up 0"]);
  });

  it("goes on without a word over a new epoch that lost nothing", async () => {
    const room = await createSmallRoom();
    const bob = await park(room, "bob");
    const after = await room.say("ann", "one");
    await settle();
    room.store.fork(0);
    await room.say("ann", "two");
    await settle();
    expect(bob.story()).toEqual(["caught_up 0", "one", "two"]);
    const eve = await park(room, "eve", { after });
    await settle();
    expect(eve.story()).toEqual(["two", "caught_up 1"]);
  });

  it("waits when the reader knows more than this process has applied", async () => {
    const room = await createSmallRoom();
    await room.say("ann", "one");
    await settle();
    room.feed.reset({ epoch: "epoch-0000", seq: 0 });
    const bob = await park(room, "bob", { after: { epoch: "epoch-0000", seq: 1 } });
    await settle();
    expect(bob.story()).toEqual(["caught_up 0"]);
    room.feed.deliver((await room.store.log.read(null, 1)).entries[0]!, "epoch-0000");
    await room.say("ann", "two");
    await settle();
    expect(bob.story()).toEqual(["caught_up 0", "two"]);
  });
});

describe("a slow reader", () => {
  it("holds nothing, disturbs nobody, and catches up when it reads again", async () => {
    const room = await createSmallRoom({ ringEvents: 64 });
    const [slow, quick] = await Promise.all([park(room, "slow"), park(room, "quick")]);
    await settle();
    slow.peer.stop();
    const texts = Array.from({ length: 50 }, (_, i) => `${i}`);
    for (const text of texts) {
      await room.say("ann", text);
      await settle(1);
    }
    expect(quick.story().slice(1)).toEqual(texts);
    expect(slow.writes).toHaveLength(2);
    room.clock.advance(5_000);
    slow.peer.goOn();
    await settle();
    expect(slow.story().slice(1)).toEqual(texts);
  });

  it("is ended half a second after the ring has moved on past it, and comes back without loss", async () => {
    const room = await createSmallRoom({ ringEvents: 16 });
    const slow = await park(room, "slow");
    await settle();
    slow.peer.stop();
    for (let i = 0; i < 40; i++) await room.say("ann", `${i}`);
    await settle();
    room.clock.advance(400);
    expect(slow.peer.ended()).toBe(false);
    room.clock.advance(350);
    expect(await slow.over).toEqual(new FeedEnded("TOO_SLOW"));
    expect(slow.lines().at(-1)).toBe("goodbye TOO_SLOW");
    expect(slow.peer.wasCut).toBe(false);
    room.clock.advance(2_000);
    expect(slow.peer.wasCut).toBe(true);
    const back = await park(room, "slow", { after: slow.place() });
    await settle();
    const heard = [...slow.story(), ...back.story()].filter((line) => /^\d+$/.test(line));
    expect(heard).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`));
  });

  it("is ended after half a minute without a drain, wherever it stands", async () => {
    const room = await createSmallRoom();
    const slow = await park(room, "slow");
    await settle();
    slow.peer.stop();
    await room.say("ann", "hello?");
    await settle();
    room.clock.advance(29_500);
    expect(slow.lines().at(-1)).toMatch(/hello/);
    room.clock.advance(1_000);
    expect(await slow.over).toEqual(new FeedEnded("TOO_SLOW"));
  });

  it("gets no heartbeat that would carry it past what it has not seen", async () => {
    const room = await createSmallRoom({ heartbeatMs: 1_000 });
    const slow = await park(room, "slow");
    await settle();
    slow.peer.stop();
    await room.say("ann", "one");
    await settle();
    await room.say("ann", "two");
    await settle();
    room.clock.advance(5_000);
    expect(slow.story()).toEqual(["caught_up 0", "one"]);
  });

  it("is told of the gap when trimming has overtaken it", async () => {
    const room = await createSmallRoom({ ringEvents: 4, stall: { overtakenMs: 60_000, silentMs: 60_000 } });
    const slow = await park(room, "slow");
    await settle();
    slow.peer.stop();
    for (let i = 0; i < 20; i++) {
      await room.say("ann", `${i}`);
      await settle(1);
    }
    room.store.trim(2);
    slow.peer.goOn();
    await settle();
    expect(slow.story()).toEqual(["caught_up 0", "0", "gap TRIMMED", "18", "19"]);
  });
});

describe("the end of a feed", () => {
  it("comes with a goodbye, and nothing after it", async () => {
    const room = await createSmallRoom();
    const bob = await park(room, "bob");
    await settle();
    bob.subscription.end("LOGGED_OUT");
    await room.say("ann", "too late");
    await settle();
    expect(bob.story()).toEqual(["caught_up 0", "goodbye LOGGED_OUT"]);
    expect(await bob.over).toEqual(new FeedEnded("LOGGED_OUT"));
  });

  it("reaches every reader when the server goes down, and those who come then", async () => {
    const room = await createSmallRoom();
    const readers = await Promise.all(["ann", "ben"].map((id) => park(room, id)));
    await settle();
    room.feed.endAll("SHUTTING_DOWN");
    const late = await park(room, "late");
    for (const reader of [...readers, late]) {
      expect(reader.lines().at(-1)).toBe("goodbye SHUTTING_DOWN");
      expect(await reader.over).toEqual(new FeedEnded("SHUTTING_DOWN"));
    }
    expect(room.feed.size()).toBe(0);
  });

  it("is silent when the reader left", async () => {
    const room = await createSmallRoom();
    const bob = await park(room, "bob");
    await settle();
    bob.leave();
    await room.say("ann", "too late");
    await settle();
    expect(bob.story()).toEqual(["caught_up 0"]);
    expect(await bob.over).toEqual(new Error("gone"));
    expect(room.feed.size()).toBe(0);
  });
});

describe("a reader who asks for each item", () => {
  it("hears the same as one who is written to", async () => {
    const room = await createSmallRoom({ ringEvents: 16 });
    for (let i = 0; i < 60; i++) {
      if (i % 7 === 3) await room.toggle("ann");
      else if (i % 5 === 0) await room.whisper("bob", i % 2 ? "ann" : "cat", `psst ${i}`);
      else await room.say("bob", `${i}`);
      if (i % 4 === 0) await settle(1);
    }
    const start = { after: { epoch: "epoch-0000", seq: 5 } };
    const pulled = await pull(room, "ann", start);
    const parked = await park(room, "ann", start);
    for (let i = 0; i < 30; i++) {
      await (i % 3 ? room.say("bob", `more ${i}`) : room.toggle("ann"));
      if (i % 4 === 0) await settle(1);
    }
    await settle(60);
    expect(pulled.lines()).toEqual(parked.lines());
    expect(parked.story().length).toBeGreaterThan(40);
  });

  it("hears signs of life, and goodbye", async () => {
    const room = await createSmallRoom({ heartbeatMs: 1_600 });
    const ann = await pull(room, "ann");
    await settle();
    room.clock.advance(1_700);
    await settle();
    expect(ann.story()).toEqual(["caught_up 0", "heartbeat"]);
    room.feed.endAll("SHUTTING_DOWN");
    expect(await ann.over).toEqual(new FeedEnded("SHUTTING_DOWN"));
    expect(ann.story()).toEqual(["caught_up 0", "heartbeat", "goodbye SHUTTING_DOWN"]);
  });

  it("is cut off when it takes no item for too long", async () => {
    const room = await createSmallRoom();
    const ann = await pull(room, "ann");
    await settle();
    ann.stop();
    await room.say("bob", "one");
    await settle();
    room.clock.advance(32_000);
    expect(ann.wasCut()).toBe(true);
    ann.goOn();
    expect(await ann.over).toEqual(new FeedEnded("TOO_SLOW"));
    expect(ann.story()).toEqual(["caught_up 0", "one", "goodbye TOO_SLOW"]);
  });
});
